import { type EditLines, isInsertion, standingOf } from './applied.ts';
import type { Line, LineList } from './line-list.ts';
import type { Place } from './locate.ts';
import { startsOf } from './sequence.ts';

type Insertion = { readonly at: number; readonly lines: readonly string[] };

/**
 * Insertions of one file that stand in it before any of its edits is made. A document that moves lines takes them out
 * first and puts them elsewhere later: run again, it would find them where it has put them.
 */
export class LaterEdits {
  /** By a line of theirs. */
  readonly #standing = new Map<string, Insertion[]>();

  constructor(list: LineList, edits: readonly (EditLines | { readonly content: string })[]) {
    /** Of the lines that edits look for, where the first one is that does. */
    const sought = new Map<string, number>();
    edits.forEach((edit, at) => {
      if ('content' in edit) return;
      const lines = edit.replace.map(trimmed);
      const touched = lines.some(line => (sought.get(line) ?? at) < at);
      if (touched && isInsertion(edit) && standingOf(list, edit) === 'applied') this.#keep({ at, lines });
      const key = edit.search.map(trimmed).find(line => line !== '') ?? '';
      if (!sought.has(key)) sought.set(key, at);
    });
  }

  /** Whether the lines that an edit would take lie in what a later one has put there already. */
  hold(at: number, search: readonly string[], place: Place): boolean {
    if (this.#standing.size === 0) return false;
    const sought = search.map(trimmed);
    return this.#withAll(sought).some(
      later =>
        later.at > at &&
        later.lines.length > sought.length &&
        [...startsOf(sought, later.lines)].some(offset => standsAround(place, offset, later.lines)),
    );
  }

  #keep(insertion: Insertion): void {
    for (const line of new Set(insertion.lines)) {
      const known = this.#standing.get(line);
      if (known === undefined) this.#standing.set(line, [insertion]);
      else known.push(insertion);
    }
  }

  /** Those that have the rarest of some lines. */
  #withAll(lines: readonly string[]): readonly Insertion[] {
    return lines
      .map(line => this.#standing.get(line) ?? [])
      .reduce((fewest, known) => (known.length < fewest.length ? known : fewest));
  }
}

/** Whether lines stand in the file so that the place begins at `offset` of them. Margins may differ. */
function standsAround(place: Place, offset: number, lines: readonly string[]): boolean {
  let line: Line | null = place.from;
  for (let back = offset; back > 0 && line !== null; back -= 1) line = line.before;
  for (const each of lines) {
    if (line === null || trimmed(line.text) !== each) return false;
    line = line.after;
  }
  return true;
}

function trimmed(line: string): string {
  return line.trim();
}
