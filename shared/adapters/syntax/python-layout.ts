import type { SyntaxProblem } from '../../ports/syntax.ts';
import { type Margin, PythonBlocks } from './python-blocks.ts';
import { stringEnd, stringPrefix, Unterminated } from './python-strings.ts';
import { lineAt, problemAt } from './source-text.ts';

/** Tabs stop here, as CPython's tokenizer has it. */
const tabStop = 8;

const closers: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' };
const word = /[\p{L}\p{N}_]+/uy;

/**
 * Python's layout: indentation, brackets and the ends of strings. The grammar lets an unexpected indent, a dedent to no
 * outer level and a missing block pass, which are the very errors that edits cause.
 *
 * @param text lines ended by `\n`
 */
export function pythonLayout(text: string): SyntaxProblem | null {
  const blocks = new PythonBlocks(text);
  let at = 0;
  while (at < text.length) {
    const margin = marginAt(text, at);
    if (margin.end >= text.length) break;
    const first = text[margin.end];
    if (first === '\n' || first === '#') {
      at = behindLine(text, margin.end); // Blank lines and comments stand where they like.
      continue;
    }
    const indentation = blocks.enter(margin);
    if (indentation !== null) return indentation;
    const line = logicalLine(text, margin.end);
    if ('problem' in line) return line.problem;
    blocks.leave(line.colonAt);
    at = line.end;
  }
  return blocks.end();
}

function behindLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** Measures a margin twice: as wide as tabs make it, and with each tab as one blank, to see whether the two agree. */
function marginAt(text: string, start: number): Margin {
  let [width, narrow, end] = [0, 0, start];
  let first: [number, number] | null = null;
  for (; ; end += 1) {
    const c = text[end];
    if (c === ' ') [width, narrow] = [width + 1, narrow + 1];
    else if (c === '\t') [width, narrow] = [(Math.floor(width / tabStop) + 1) * tabStop, narrow + 1];
    else if (c === '\f') [width, narrow] = [0, 0];
    else if (c === '\\' && text[end + 1] === '\n') {
      // A margin that goes on behind a backslash is as wide as it was on its first line.
      first ??= [width, narrow];
      [width, narrow] = [0, 0];
      end += 1;
    } else break;
  }
  if (first !== null && first[0] > 0) [width, narrow] = first;
  return { width, narrow, end };
}

type LogicalLine =
  /** `colonAt`: the offset of the colon that ends the line and so opens a block; null when there is none. */
  { readonly end: number; readonly colonAt: number | null } | { readonly problem: SyntaxProblem };

/** Reads to the newline that ends a statement: not one within brackets, within a string or behind a backslash. */
function logicalLine(text: string, start: number): LogicalLine {
  const open: number[] = [];
  let colonAt: number | null = null;
  let i = start;
  while (i < text.length) {
    const c = text[i] ?? '';
    if (c === '\n' && open.length === 0) return { end: i + 1, colonAt };
    if (c === '\n' || c === ' ' || c === '\t' || c === '\f') i += 1;
    else if (c === '\\' && text[i + 1] === '\n') i += 2;
    else if (c === '#') i = behindLine(text, i) - (text.indexOf('\n', i) < 0 ? 0 : 1);
    else {
      colonAt = c === ':' && open.length === 0 ? i : null;
      const next = token(text, i, open);
      if (typeof next !== 'number') return { problem: next };
      i = next;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined) {
    return { problem: problemAt(text, unclosed, `"${text[unclosed]}" was never closed`) };
  }
  return { end: i, colonAt };
}

/** The offset behind a string, a bracket, a word or another character. Keeps the brackets that are open. */
function token(text: string, at: number, open: number[]): number | SyntaxProblem {
  const c = text[at] ?? '';
  word.lastIndex = at;
  const letters = word.exec(text)?.[0] ?? '';
  const quote = at + letters.length;
  const quoted = text[quote] === '"' || text[quote] === "'";
  if (quoted && (letters === '' || stringPrefix.test(letters))) {
    const end = stringEnd(text, quote, letters);
    return end instanceof Unterminated ? problemAt(text, at, end.what) : end;
  }
  if (letters !== '') return quote;
  if ('([{'.includes(c)) open.push(at);
  const opener = closers[c];
  if (opener !== undefined) {
    const last = open.pop();
    if (last === undefined) return problemAt(text, at, `unmatched "${c}"`);
    if (text[last] !== opener) {
      return problemAt(text, at, `"${c}" does not match the "${text[last]}" of line ${lineAt(text, last)}`);
    }
  }
  return at + 1;
}
