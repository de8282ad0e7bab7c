import type { SyntaxProblem } from '../../ports/syntax.ts';

/**
 * The text of a file as the parsers want it: without byte order mark, lines ended by `\n`. Null when the bytes are no
 * text in UTF-8, or a template that becomes this kind of file only when it is filled in.
 */
export function sourceText(bytes: Uint8Array): string | null {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
  if (text.includes('\0') || templateTag.test(text)) return null;
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** Jinja's statements: `{% if x %}`, `{%- endfor -%}`. */
const templateTag = /\{%[-+]?\s*[a-z_]+\b[^%\n]*%\}/;

/** A problem at an offset of the text. */
export function problemAt(text: string, offset: number, message: string): SyntaxProblem {
  let line = 1;
  let start = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) {
    line += 1;
    start = at + 1;
  }
  return { line, column: offset - start + 1, message };
}

/** The line that an offset of the text is on, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return problemAt(text, offset, '').line;
}

/** What stands at an offset, as a clause: `unexpected "foo"`. */
export function unexpected(text: string, offset: number): SyntaxProblem {
  const found = /^(?:[\p{L}\p{N}_$]+|\S)/u.exec(text.slice(offset, offset + 40))?.[0];
  if (found !== undefined && `"'\``.includes(found)) return problemAt(text, offset, 'unexpected string');
  if (found !== undefined) return problemAt(text, offset, `unexpected "${found}"`);
  if (text.slice(offset).trim() !== '') return problemAt(text, offset, 'unexpected end of line');
  // Nothing but blanks follows: the place is the end of the last line that holds something.
  return problemAt(text, text.trimEnd().length, 'unexpected end of file');
}
