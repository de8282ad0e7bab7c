import type { SyntaxProblem } from '../../ports/syntax.ts';
import { problemAt } from './source-text.ts';

/** Leaves the reading: with a problem, or with null when the text is beyond what is read here. */
export class Stop {
  readonly problem: SyntaxProblem | null;
  constructor(problem: SyntaxProblem | null) {
    this.problem = problem;
  }
}

/** Reads words of shell: quotes, expansions, here-documents. What a command substitution holds, its subclass reads. */
export abstract class ShellWords {
  readonly text: string;
  at = 0;
  /** Here-documents that begin with the next line. */
  #pending: { delimiter: string; tabs: boolean }[] = [];

  constructor(text: string) {
    this.text = text;
  }

  /** Reads the commands behind a `(` up to and with its `)`. */
  protected abstract subshell(opened: number): void;

  protected get c(): string {
    return this.text[this.at] ?? '';
  }

  protected startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  protected fail(at: number, message: string): never {
    throw new Stop(problemAt(this.text, at, message));
  }

  /** Skips blanks, joined lines and a comment. */
  protected blanks(): void {
    for (;;) {
      if (this.c === ' ' || this.c === '\t') this.at += 1;
      else if (this.startsWith('\\\n')) this.at += 2;
      else if (this.c === '#' && /[\s;&|()]/.test(this.text[this.at - 1] ?? '\n')) {
        const end = this.text.indexOf('\n', this.at);
        this.at = end < 0 ? this.text.length : end;
      } else return;
    }
  }

  /** Takes a newline, and with it the here-documents that it begins. */
  protected newline(): void {
    this.at += 1;
    for (const { delimiter, tabs } of this.#pending) {
      for (let more = true; more; ) {
        if (this.at >= this.text.length) throw new Stop(null); // Shells only warn, and where it ends is a guess.
        const end = this.text.indexOf('\n', this.at);
        const line = this.text.slice(this.at, end < 0 ? undefined : end);
        more = (tabs ? line.replace(/^\t+/, '') : line) !== delimiter;
        this.at = end < 0 ? this.text.length : end + 1;
      }
    }
    this.#pending = [];
  }

  /** Takes a redirection at the place, if there is one. */
  protected redirection(): boolean {
    const operator = /(?:\d+|\{\w+\})?(?:<<<|<<-?|<>|<&|>&|>>|>\||<(?!\()|>(?!\()|&>>?)/y;
    operator.lastIndex = this.at;
    const found = operator.exec(this.text)?.[0];
    if (found === undefined) return false;
    this.at += found.length;
    this.blanks();
    const word = this.word();
    if (/<<-?$/.test(found) && !found.endsWith('<<<')) {
      this.#pending.push({ delimiter: word.replace(/\\(.)|['"]/g, '$1'), tabs: found.endsWith('-') });
    }
    return true;
  }

  /** Takes a word and answers it as written; empty where none is. */
  protected word(): string {
    const start = this.at;
    while (this.at < this.text.length && !/[\s;&|)]/.test(this.c)) {
      const c = this.c;
      if (c === '<' || c === '>') {
        if (this.text[this.at + 1] !== '(') break;
        this.at += 2;
        this.subshell(this.at - 1);
      } else if (c === '(') {
        if (this.at === start) break;
        const before = this.text[this.at - 1] ?? '';
        if (before === '=') this.#array();
        else if ('@?*+!'.includes(before)) this.#glob();
        else break;
      } else this.#part();
    }
    return this.text.slice(start, this.at);
  }

  /** One character, quoted text or expansion of a word. */
  #part(): void {
    const start = this.at;
    const c = this.c;
    if (c === '\\') this.at += 2;
    else if (c === "'") this.#until("'", start, false);
    else if (c === '"') this.#doubleQuoted();
    else if (c === '`') this.#until('`', start, true);
    else if (c !== '$') this.at += 1;
    else this.#expansion();
  }

  #until(end: string, start: number, escapes: boolean): void {
    this.at += 1;
    while (this.c !== end) {
      if (this.at >= this.text.length) this.fail(start, `the ${end} has no counterpart`);
      this.at += escapes && this.c === '\\' ? 2 : 1;
    }
    this.at += 1;
  }

  #doubleQuoted(): void {
    const start = this.at;
    this.at += 1;
    while (this.c !== '"') {
      if (this.at >= this.text.length) this.fail(start, 'the " has no counterpart');
      if (this.c === '\\') this.at += 2;
      else if (this.c === '`') this.#until('`', this.at, true);
      else if (this.c === '$' && /[({]/.test(this.text[this.at + 1] ?? '')) this.#expansion();
      else this.at += 1;
    }
    this.at += 1;
  }

  #expansion(): void {
    const start = this.at;
    this.at += 1;
    if (this.c === "'") this.#until("'", this.at, true);
    else if (this.c === '[') throw new Stop(null);
    else if (this.c === '{') this.#parameter(start);
    else if (this.c === '(' && !this.arithmetic()) {
      this.at += 1;
      this.subshell(start + 1);
    }
  }

  #parameter(start: number): void {
    this.at += 1;
    while (this.c !== '}') {
      if (this.at >= this.text.length) this.fail(start, 'the expansion has no }');
      if (this.c === "'") throw new Stop(null); // Whether it quotes depends on too much.
      this.#part();
    }
    this.at += 1;
  }

  /** Takes `((` to `))`; false, and nothing taken, when these are brackets of commands. */
  protected arithmetic(): boolean {
    if (!this.startsWith('((')) return false;
    let depth = 0;
    for (let i = this.at + 2; i < this.text.length; i += 1) {
      const c = this.text[i];
      if (c === '\\') i += 1;
      else if (c === '(') depth += 1;
      else if (c === ')') depth -= 1;
      if (depth < 0) {
        if (this.text[i + 1] !== ')') return false;
        this.at = i + 2;
        return true;
      }
    }
    return false;
  }

  #array(): void {
    const start = this.at;
    this.at += 1;
    for (;;) {
      this.blanks();
      if (this.at >= this.text.length) this.fail(start, 'the ( has no counterpart');
      if (this.c === ')') break;
      if (this.c === '\n') this.newline();
      else if (this.word() === '') throw new Stop(null);
    }
    this.at += 1;
  }

  #glob(): void {
    const start = this.at;
    let depth = 0;
    do {
      if (this.at >= this.text.length) this.fail(start, 'the ( has no counterpart');
      if (this.c === '(') depth += 1;
      if (this.c === ')') depth -= 1;
      this.#part();
    } while (depth > 0);
  }
}
