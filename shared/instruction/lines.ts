/** A document as lines without their endings; a leading byte order mark is dropped. Index 0 is line 1. */
export function splitLines(text: string): string[] {
  const body = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  if (!body.includes('\r')) return body.split('\n');
  return body.replaceAll('\r\n', '\n').replaceAll('\r', '\n').split('\n');
}

/** The line at `index`, or an empty one beyond the end. */
export function lineAt(lines: readonly string[], index: number): string {
  return lines[index] ?? '';
}

/** How many blanks (spaces or tabs) a line begins with. */
export function indentOf(line: string): number {
  let at = 0;
  while (at < line.length && (line.charCodeAt(at) === 32 || line.charCodeAt(at) === 9)) at += 1;
  return at;
}

/** True for a line of nothing but white space. */
export function isBlank(line: string): boolean {
  return line.trim() === '';
}

/** Takes up to `width` leading blanks off every line: what a fence inside a list item is indented by. */
export function dedent(lines: readonly string[], width: number): string[] {
  if (width === 0) return [...lines];
  return lines.map(line => line.slice(Math.min(width, indentOf(line))));
}

/** Lines as text, each with its newline. No lines give the empty text. */
export function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
