/**
 * The text of a document. Null for what is not UTF-8: read with replacement characters it would be written with them.
 * With a NUL it is not UTF-8 either, but UTF-16 that happens to look like it, or no text at all.
 */
export function documentText(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? null : text;
  } catch {
    return null;
  }
}
