const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8 = new TextEncoder();

/** A file's bytes as text, and how step texts and results go to and fro without touching any other byte. */
export interface ByteText {
  readonly text: string;
  /** Writes a step's text in the form of this file's text. */
  readonly toText: (stepText: string) => string;
  /** Turns text of this file's form into bytes. */
  readonly toBytes: (text: string) => Uint8Array;
}

/**
 * Bytes as text. Valid UTF-8 is read as such; any other bytes as one character a byte, so that the bytes around
 * an edit stay what they were.
 */
export function byteText(bytes: Uint8Array): ByteText {
  try {
    return { text: strict.decode(bytes), toText: text => text, toBytes: text => utf8.encode(text) };
  } catch {
    return { text: binaryText(bytes), toText: text => binaryText(utf8.encode(text)), toBytes: bytesOf };
  }
}

/** One character a byte, its code the byte. */
function binaryText(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += 8192) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  }
  return pieces.join('');
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** UTF-8 bytes of a text. */
export function encode(text: string): Uint8Array {
  return utf8.encode(text);
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

/** Whether bytes hold a NUL: no text file does. */
export function hasNul(bytes: Uint8Array): boolean {
  return bytes.indexOf(0) >= 0;
}
