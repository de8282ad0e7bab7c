import type { SyntaxProblem } from '../../ports/syntax.ts';
import { problemAt, unexpected } from './source-text.ts';

/**
 * JSON. V8 parses it and does not always say where it stopped, so that is looked for here.
 *
 * @param comments whether comments and trailing commas are fine
 */
export function checkJson(text: string, comments: boolean): SyntaxProblem | null {
  // An empty file is no JSON, but it is what a file looks like that is yet to be filled.
  if (text.trim() === '') return null;
  if (!comments) {
    try {
      JSON.parse(text);
      return null;
    } catch {
      // A template with places to fill in is JSON only afterwards.
      if (/\{\{.*\}\}/.test(text)) return null;
    }
  }
  return new Reader(text, comments).document();
}

/** Deeper nesting than this is not followed. */
const mostDepth = 1000;

class Reader {
  readonly #text: string;
  readonly #comments: boolean;
  #at = 0;

  constructor(text: string, comments: boolean) {
    this.#text = text;
    this.#comments = comments;
  }

  document(): SyntaxProblem | null {
    const problem = this.#value(0);
    if (problem !== null) return problem;
    this.#blanks();
    return this.#at < this.#text.length ? unexpected(this.#text, this.#at) : null;
  }

  #value(depth: number): SyntaxProblem | null {
    this.#blanks();
    if (depth > mostDepth) return null;
    switch (this.#text[this.#at]) {
      case '{':
        return this.#items('}', () => this.#member(depth));
      case '[':
        return this.#items(']', () => this.#value(depth + 1));
      case '"':
        return this.#string();
      default:
        return this.#match(/(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/y)
          ? null
          : unexpected(this.#text, this.#at);
    }
  }

  #items(end: string, item: () => SyntaxProblem | null): SyntaxProblem | null {
    const opened = this.#at;
    this.#at += 1;
    for (let first = true; ; first = false) {
      this.#blanks();
      if (this.#text[this.#at] === end && (first || this.#comments)) break;
      const problem = item();
      if (problem !== null) return problem;
      this.#blanks();
      if (this.#text[this.#at] === end) break;
      if (this.#text[this.#at] !== ',') return this.#missing(opened, end);
      this.#at += 1;
    }
    this.#at += 1;
    return null;
  }

  #missing(opened: number, end: string): SyntaxProblem {
    const found = unexpected(this.#text, this.#at);
    const { line } = problemAt(this.#text, opened, '');
    const message = `${found.message}, expected "," or the "${end}" of line ${line}'s "${this.#text[opened]}"`;
    return { ...found, message };
  }

  #member(depth: number): SyntaxProblem | null {
    if (this.#text[this.#at] !== '"') {
      const found = unexpected(this.#text, this.#at);
      return { ...found, message: `${found.message}, expected a name in double quotes` };
    }
    const problem = this.#string();
    if (problem !== null) return problem;
    this.#blanks();
    if (this.#text[this.#at] !== ':') {
      const found = unexpected(this.#text, this.#at);
      return { ...found, message: `${found.message}, expected ":"` };
    }
    this.#at += 1;
    return this.#value(depth + 1);
  }

  #string(): SyntaxProblem | null {
    const start = this.#at;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them in strings
    this.#match(/"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*/y);
    const c = this.#text[this.#at];
    if (c === '"') {
      this.#at += 1;
      return null;
    }
    if (c === undefined || c === '\n') return problemAt(this.#text, start, 'unterminated string');
    const what = c === '\\' ? 'unknown escape in a string' : 'control character in a string';
    return problemAt(this.#text, this.#at, what);
  }

  #blanks(): void {
    this.#match(this.#comments ? /(?:\s|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y : /[ \t\n]*/y);
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return false;
    this.#at = pattern.lastIndex;
    return true;
  }
}
