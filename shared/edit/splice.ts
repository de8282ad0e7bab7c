import { keptLines } from './kept-lines.ts';
import type { Ending, Line, LineList } from './line-list.ts';
import { type Place, shifted } from './locate.ts';

/** What a replacement changed. */
export interface Spliced {
  readonly added: number;
  readonly removed: number;
}

/**
 * Puts `replace` where `search` stands. Lines that both have stay the file's own, with their endings and trailing
 * blanks. New lines end as the first replaced line does. A file without a final newline stays without.
 * Null when the indentation of `replace` cannot follow that of the place; then nothing has changed.
 */
export function splicePlace(
  list: LineList,
  place: Place,
  search: readonly string[],
  replace: readonly string[],
  dominant: Exclude<Ending, ''>,
): Spliced | null {
  const moved = shifted(replace, place.shift);
  if (moved === null) return null;
  const old: Line[] = [];
  for (let line: Line | null = place.from; line !== null; line = line.after) {
    old.push(line);
    if (line === place.to) break;
  }
  const ending = place.from.ending || place.from.before?.ending || dominant;
  const lastEnding = place.to.ending;
  const kept = keptLines(search, replace);
  let survivors = 0;
  const fresh = moved.map((text, at): Line => {
    const from = kept[at] ?? -1;
    const own = from < 0 ? undefined : old[from];
    if (own !== undefined) {
      survivors += 1;
      return { text: own.text, ending: own.ending || ending, before: null, after: null };
    }
    return { text, ending, before: null, after: null };
  });
  const last = fresh.at(-1);
  if (last !== undefined && lastEnding === '') last.ending = '';
  list.splice(place.from, place.to, fresh);
  return { added: fresh.length - survivors, removed: old.length - survivors };
}
