/** How a line ends. The last line of a file may end with nothing. */
export type Ending = '\n' | '\r\n' | '\r' | '';

/** A line of a file, linked to its neighbours, so that an edit costs what it changes and not what the file holds. */
export interface Line {
  text: string;
  ending: Ending;
  before: Line | null;
  after: Line | null;
}

/** What a line is compared by, from strict to lenient. */
export type KeyName = 'exact' | 'trailing' | 'trimmed';

const keys: Readonly<Record<KeyName, (text: string) => string>> = {
  exact: text => text,
  trailing: withoutTrailingBlanks,
  trimmed: text => text.trim(),
};

function withoutTrailingBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9)) end -= 1;
  return end === text.length ? text : text.slice(0, end);
}

export function keyOf(name: KeyName, text: string): string {
  return keys[name](text);
}

/** After so many searches an index of the lines pays. */
const searchesBeforeIndex = 12;

/** The lines of a file as a linked list, with an index by content that is built when it pays and kept up to date. */
export class LineList {
  first: Line | null = null;
  last: Line | null = null;
  count = 0;
  readonly #indexes = new Map<KeyName, Map<string, Set<Line>>>();
  readonly #searches = new Map<KeyName, number>();

  constructor(text: string) {
    for (const [content, ending] of cutLines(text))
      this.#append({ text: content, ending, before: null, after: null });
  }

  /** Lines whose content is `key` under a comparison, in no particular order. */
  withKey(name: KeyName, key: string): readonly Line[] | ReadonlySet<Line> {
    const index = this.#indexes.get(name);
    if (index !== undefined) return index.get(key) ?? [];
    const searches = (this.#searches.get(name) ?? 0) + 1;
    this.#searches.set(name, searches);
    if (searches > searchesBeforeIndex) return this.#build(name).get(key) ?? [];
    const found: Line[] = [];
    const of = keys[name];
    for (let line = this.first; line !== null; line = line.after) {
      // A key is never longer than its line.
      if (line.text.length >= key.length && of(line.text) === key) found.push(line);
    }
    return found;
  }

  /** How many lines have a key, where an index knows; otherwise null. */
  countWithKey(name: KeyName, key: string): number | null {
    const index = this.#indexes.get(name);
    return index === undefined ? null : (index.get(key)?.size ?? 0);
  }

  /** Puts `fresh` where the lines `from` to `to` (inclusive) stand. Lines in both are kept. */
  splice(from: Line, to: Line, fresh: readonly Line[]): void {
    const before = from.before;
    const after = to.after;
    for (let line: Line | null = from; line !== null && line !== after; line = line.after) {
      this.#forget(line);
      this.count -= 1;
    }
    let tail = before;
    for (const line of fresh) {
      line.before = tail;
      if (tail === null) this.first = line;
      else tail.after = line;
      tail = line;
      this.#remember(line);
      this.count += 1;
    }
    if (tail === null) this.first = after;
    else tail.after = after;
    if (after === null) this.last = tail;
    else after.before = tail;
  }

  /** Number of a line, from 1. Walks the file: for messages only. */
  numberOf(wanted: Line): number {
    let number = 1;
    for (let line = this.first; line !== null && line !== wanted; line = line.after) number += 1;
    return number;
  }

  toArray(): Line[] {
    const all: Line[] = [];
    for (let line = this.first; line !== null; line = line.after) all.push(line);
    return all;
  }

  toText(): string {
    let text = '';
    for (let line = this.first; line !== null; line = line.after) text += line.text + line.ending;
    return text;
  }

  #append(line: Line): void {
    line.before = this.last;
    if (this.last === null) this.first = line;
    else this.last.after = line;
    this.last = line;
    this.count += 1;
  }

  #build(name: KeyName): Map<string, Set<Line>> {
    const index = new Map<string, Set<Line>>();
    this.#indexes.set(name, index);
    const of = keys[name];
    for (let line = this.first; line !== null; line = line.after) add(index, of(line.text), line);
    return index;
  }

  #remember(line: Line): void {
    for (const [name, index] of this.#indexes) add(index, keys[name](line.text), line);
  }

  #forget(line: Line): void {
    for (const [name, index] of this.#indexes) index.get(keys[name](line.text))?.delete(line);
  }
}

function add(index: Map<string, Set<Line>>, key: string, line: Line): void {
  const lines = index.get(key);
  if (lines === undefined) index.set(key, new Set([line]));
  else lines.add(line);
}

/** Cuts text into lines with their endings. A lone CR ends lines only in a file that has no LF at all. */
export function cutLines(text: string): [string, Ending][] {
  const lines: [string, Ending][] = [];
  const mac = !text.includes('\n') && text.includes('\r');
  const sign = mac ? '\r' : '\n';
  let from = 0;
  while (from < text.length) {
    const at = text.indexOf(sign, from);
    if (at < 0) {
      lines.push([text.slice(from), '']);
      break;
    }
    const crlf = !mac && at > from && text.charCodeAt(at - 1) === 13;
    lines.push([text.slice(from, crlf ? at - 1 : at), mac ? '\r' : crlf ? '\r\n' : '\n']);
    from = at + 1;
  }
  return lines;
}

/** The ending that most lines of a text have; LF where there is none. */
export function dominantEnding(text: string): Exclude<Ending, ''> {
  if (!text.includes('\r')) return '\n';
  const feeds = text.split('\n').length - 1;
  if (feeds === 0) return '\r';
  const pairs = text.split('\r\n').length - 1;
  return pairs * 2 > feeds ? '\r\n' : '\n';
}

/** A step's text as lines: `a\nb\n` has two, the empty text none. */
export function stepLines(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
