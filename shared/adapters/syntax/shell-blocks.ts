import type { SyntaxProblem } from '../../ports/syntax.ts';
import { ShellWords, Stop } from './shell-words.ts';
import { lineAt } from './source-text.ts';

/** Words that end a list of commands where a command could begin. */
const closers = new Set(['then', 'do', 'else', 'elif', 'fi', 'done', 'esac', '}']);

/** Reads what opens and closes in a shell script: quotes, brackets, `if` to `fi`, and so on. */
class ShellBlocks extends ShellWords {
  script(): void {
    const end = this.#list();
    if (end.word !== '') this.fail(end.at, `unexpected "${end.word}"`);
  }

  protected subshell(opened: number): void {
    this.#expect('(', opened, [')']);
  }

  /** Reads commands and takes the word that ends them: one of `closers`, `)`, `;;` or, at the end of the text, ''. */
  #list(): { word: string; at: number; empty: boolean } {
    for (let empty = true; ; ) {
      this.blanks();
      const at = this.at;
      if (at >= this.text.length) return { word: '', at, empty };
      if (this.c === '\n') this.newline();
      else if (this.c === ')') {
        this.at += 1;
        return { word: ')', at, empty };
      } else if (this.startsWith(';;') || this.startsWith(';&')) {
        this.at += this.startsWith(';;&') ? 3 : 2;
        return { word: ';;', at, empty };
      } else if (this.redirection()) empty = false;
      else if (';&|'.includes(this.c)) this.at += 1;
      else if (this.c === '(') {
        empty = false;
        if (this.arithmetic()) continue;
        this.at += 1;
        this.subshell(at);
      } else {
        const word = this.word();
        if (closers.has(word)) return { word, at, empty };
        empty = false;
        this.#command(word, at);
      }
    }
  }

  #command(word: string, at: number): void {
    switch (word) {
      case 'if':
        this.#if(at);
        return;
      case 'while':
      case 'until':
        this.#expect(word, at, ['do']);
        this.#expect(word, at, ['done']);
        return;
      case 'for':
      case 'select':
        this.#for(word, at);
        return;
      case 'case':
        this.#case(at);
        return;
      case '{':
        this.#expect('{', at, ['}']);
        return;
      case '[[':
        this.#test(at);
        return;
      case '!':
      case 'time':
        return;
      case 'coproc':
        throw new Stop(null); // A name may stand before its command, or not.
      case 'function':
        this.blanks();
        this.word();
        this.#noArguments();
        return;
      default:
        if (!this.#noArguments()) this.#arguments();
    }
  }

  /** Reads on to one of the words that the block may go on or end with. */
  #expect(opener: string, opened: number, wanted: readonly string[]): string {
    const { word, at, empty } = this.#list();
    if (wanted.includes(word)) {
      // A substitution and a branch of `case` may hold nothing, no other list may.
      if (empty && opener !== '(' && opener !== 'case')
        this.fail(at, `unexpected "${word}": no command before it`);
      return word;
    }
    const block = `the "${opener}" of line ${lineAt(this.text, opened)} has no "${wanted.at(-1)}"`;
    return this.fail(
      word === '' ? this.text.trimEnd().length : at,
      `unexpected ${word === '' ? 'end of file' : `"${word}"`}: ${block}`,
    );
  }

  #if(at: number): void {
    this.#expect('if', at, ['then']);
    while (this.#expect('if', at, ['elif', 'else', 'fi']) !== 'fi') {
      if (this.text.slice(0, this.at).endsWith('elif')) this.#expect('elif', at, ['then']);
      else {
        this.#expect('if', at, ['fi']);
        return;
      }
    }
  }

  #for(word: string, at: number): void {
    this.blanks();
    if (!this.arithmetic()) this.word();
    this.#lines();
    const items = /in(?=\s|;)/y;
    items.lastIndex = this.at;
    if (items.test(this.text)) this.#arguments();
    this.blanks();
    if (this.c === ';') this.at += 1;
    this.#lines();
    const begin = this.word();
    if (begin === '{') this.#expect(word, at, ['}']);
    else if (begin === 'do') this.#expect(word, at, ['done']);
    else this.fail(this.at - begin.length, `the "${word}" of line ${lineAt(this.text, at)} has no "do"`);
  }

  #case(at: number): void {
    this.blanks();
    this.word();
    this.#lines();
    if (this.word() !== 'in') throw new Stop(null);
    for (;;) {
      this.#lines();
      if (this.c === '(') this.at += 1;
      this.blanks();
      const start = this.at;
      if (this.#pattern() === 'esac') return;
      if (this.c === '(') throw new Stop(null);
      if (this.c !== ')') this.fail(start, `the "case" of line ${lineAt(this.text, at)} has no "esac"`);
      this.at += 1;
      if (this.#expect('case', at, [';;', 'esac']) === 'esac') return;
    }
  }

  /** Takes `a | b`, or `esac`. */
  #pattern(): string {
    const first = this.word();
    if (first === 'esac') return first;
    this.blanks();
    while (this.c === '|') {
      this.at += 1;
      this.blanks();
      this.word();
      this.blanks();
    }
    return first;
  }

  #test(at: number): void {
    for (;;) {
      this.blanks();
      if (this.at >= this.text.length) this.fail(at, 'the "[[" has no "]]"');
      const word = this.word();
      if (word === ']]') return;
      if (word === '') this.at += 1;
    }
  }

  /** Takes the `()` of a function; its body comes as the next command. */
  #noArguments(): boolean {
    const brackets = /[ \t]*\([ \t]*\)/y;
    brackets.lastIndex = this.at;
    if (!brackets.test(this.text)) return false;
    this.at = brackets.lastIndex;
    return true;
  }

  #arguments(): void {
    for (;;) {
      this.blanks();
      if (this.at >= this.text.length) return;
      if (this.redirection()) continue;
      if (this.c === '\n' || ';&|)'.includes(this.c)) return;
      if (this.word() === '') throw new Stop(null);
    }
  }

  #lines(): void {
    for (this.blanks(); this.c === '\n'; this.blanks()) this.newline();
  }
}

/**
 * The first block or quote of a script that is not closed, or closed without having been opened. Other errors pass.
 *
 * tree-sitter's grammar for bash is not asked: it refuses one valid script in twenty (62 of 767, `for i do` and
 * `<<\EOF` among what it does not know), this reading none of 1,296 that `bash -n` accepts.
 */
export function shellBlocks(text: string): SyntaxProblem | null {
  try {
    new ShellBlocks(text).script();
    return null;
  } catch (stop) {
    if (stop instanceof Stop) return stop.problem;
    throw stop;
  }
}
