import type { Edit } from './arbitraries.ts';

/**
 * What an edit gives, worked out the plain way on text; null where it is not defined. It is defined where the lines of
 * SEARCH stand in the file exactly once, letter by letter, where REPLACE does not stand there, and where every line
 * ends alike.
 */
export function naiveEdit(text: string, edit: Edit, eol: string): string | null {
  const closed = text.endsWith(eol);
  const lines = (closed ? text.slice(0, -eol.length) : text).split(eol);
  if (text === '' || (!closed && lines.at(-1) === '')) return null;
  if (!text.includes(eol)) return null;
  const at = occurrences(lines, edit.search);
  if (at.length !== 1) return null;
  if (edit.replace.length > 0 && occurrences(lines.map(trim), edit.replace.map(trim)).length > 0) return null;
  const from = at[0] ?? 0;
  const after = [...lines.slice(0, from), ...edit.replace, ...lines.slice(from + edit.search.length)];
  const touchesEnd = from + edit.search.length === lines.length;
  if (after.length === 0) return '';
  if (!closed && touchesEnd && edit.replace.length === 0) return after.join(eol) + eol;
  return after.join(eol) + (closed ? eol : '');
}

function trim(line: string): string {
  return line.trim();
}

/** Where lines stand in others, worked out the plain way. */
export function occurrences(lines: readonly string[], wanted: readonly string[]): number[] {
  const found: number[] = [];
  for (let at = 0; at + wanted.length <= lines.length; at += 1) {
    if (wanted.every((line, offset) => lines[at + offset] === line)) found.push(at);
  }
  return found;
}
