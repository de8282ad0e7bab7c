import type { SyntaxProblem } from '../../ports/syntax.ts';
import { lineAt, problemAt } from './source-text.ts';

/** The margin of a statement. */
export interface Margin {
  /** Columns, a tab reaching to the next multiple of 8. */
  readonly width: number;
  /** Columns, a tab being one. */
  readonly narrow: number;
  /** Offset of the first character behind it. */
  readonly end: number;
}

interface Level {
  readonly width: number;
  readonly narrow: number;
  /** Offset of a `try` of this level that has neither `except` nor `finally` yet. */
  openTry: number | null;
}

const blockWord =
  /^(?:async +)?(?:if|elif|else|for|while|def|class|with|try|except|finally)(?![\p{L}\p{N}_])/u;

const tabs = 'inconsistent use of tabs and spaces in indentation';

/** The blocks that statements are in, by their margins. Statements come one by one, from the first. */
export class PythonBlocks {
  readonly #text: string;
  readonly #levels: Level[] = [{ width: 0, narrow: 0, openTry: null }];
  /** Offset of the last statement. */
  #lastAt: number | null = null;
  /** Offset of the colon that ended it: a block must follow. */
  #colonAt: number | null = null;

  constructor(text: string) {
    this.#text = text;
  }

  /** A statement begins behind this margin. */
  enter({ width, narrow, end }: Margin): SyntaxProblem | null {
    const problem = (message: string) => problemAt(this.#text, end, message);
    const top = this.#top();
    const colonAt = this.#colonAt;
    const lastAt = this.#lastAt;
    this.#colonAt = null;
    this.#lastAt = end;
    if (width > top.width) {
      if (colonAt === null) return this.#noColon(lastAt, end) ?? problem('unexpected indent');
      if (narrow <= top.narrow) return problem(tabs);
      this.#levels.push({ width, narrow, openTry: null });
    } else if (colonAt !== null) {
      return problem(`expected an indented block after line ${lineAt(this.#text, colonAt)}`);
    }
    const cut = this.#closeDeeper(width, end);
    if (cut !== null) return cut;
    const level = this.#top();
    if (level.width !== width) return problem('unindent does not match any outer indentation level');
    if (level.narrow !== narrow) return problem(tabs);
    return this.#follow(level, end);
  }

  /** The statement is over. `colonAt` is the colon at its end, when a block has to follow. */
  leave(colonAt: number | null): void {
    this.#colonAt = colonAt;
  }

  /** The text is over. */
  end(): SyntaxProblem | null {
    const at = this.#text.trimEnd().length;
    if (this.#colonAt !== null) {
      const line = lineAt(this.#text, this.#colonAt);
      return problemAt(this.#text, at, `expected an indented block after line ${line}`);
    }
    return this.#closeDeeper(-1, at);
  }

  /** An indent is unexpected, too, where only the colon before it is missing. */
  #noColon(lastAt: number | null, at: number): SyntaxProblem | null {
    if (lastAt === null) return null;
    const last = this.#text.slice(lastAt, at).trimEnd();
    if (last.includes('\n') || !blockWord.test(last)) return null;
    const line = last.replace(/\s*#.*$/, '');
    return problemAt(this.#text, lastAt + line.length, 'expected ":"');
  }

  #top(): Level {
    const top = this.#levels.at(-1);
    if (top === undefined) throw new Error('The outermost level is never left.');
    return top;
  }

  #closeDeeper(width: number, at: number): SyntaxProblem | null {
    for (let level = this.#levels.at(-1); level !== undefined; level = this.#levels.at(-1)) {
      if (level.width <= width) return null;
      if (level.openTry !== null) return this.#tryIsOpen(level.openTry, at);
      if (this.#levels.length === 1) return null;
      this.#levels.pop();
    }
    return null;
  }

  /** What must follow a `try`, which the grammar does not ask for. */
  #follow(level: Level, at: number): SyntaxProblem | null {
    const word = /^(?:try|except|finally)(?![\p{L}\p{N}_])/u.exec(this.#text.slice(at, at + 10))?.[0];
    if (word === 'except' || word === 'finally') level.openTry = null;
    else if (level.openTry !== null) return this.#tryIsOpen(level.openTry, at);
    if (word === 'try') level.openTry = at;
    return null;
  }

  #tryIsOpen(tryAt: number, at: number): SyntaxProblem {
    const line = lineAt(this.#text, tryAt);
    return problemAt(this.#text, at, `expected "except" or "finally" for the "try" of line ${line}`);
  }
}
