import { keptLines } from './kept-lines.ts';
import type { Line, LineList } from './line-list.ts';
import { firstPlaces, type Place } from './locate.ts';

/** The lines of an edit. */
export interface EditLines {
  readonly search: readonly string[];
  readonly replace: readonly string[];
}

/** A REPLACE text with fewer characters than this, blanks not counted, may stand in a file by chance. */
export const shortText = 16;

/**
 * Whether the REPLACE text alone can show that its edit was made. It cannot when it adds nothing (a deletion) or is
 * so short that it may be there by chance: then only the ledger can tell.
 */
export function tellsByItself(edit: EditLines): boolean {
  const characters = edit.replace.reduce((sum, line) => sum + line.replace(/\s+/g, '').length, 0);
  if (characters < shortText) return false;
  const kept = keptLines(edit.search, edit.replace);
  return edit.replace.some((line, at) => kept[at] === -1 && line.trim() !== '');
}

/**
 * Whether an edit is in the file already: REPLACE occurs and every occurrence of SEARCH lies inside one of
 * REPLACE. So text is never inserted a second time, and an edit that can still be made is never passed over.
 */
export function isApplied(list: LineList, edit: EditLines): boolean {
  if (edit.replace.length === 0 || !tellsByItself(edit)) return false;
  const replaced = firstPlaces(list, edit.replace).places;
  if (replaced.length === 0) return false;
  const searched = firstPlaces(list, edit.search).places;
  if (searched.length === 0) return true;
  const room = edit.replace.length - edit.search.length;
  if (room < 0) return false;
  const starts = new Set(replaced.map(place => place.from));
  return searched.every(place => liesInside(place, starts, room));
}

/** Whether a place begins at most `room` lines below one of the starts. */
function liesInside(place: Place, starts: ReadonlySet<Line>, room: number): boolean {
  let line: Line | null = place.from;
  for (let back = 0; back <= room && line !== null; back += 1) {
    if (starts.has(line)) return true;
    line = line.before;
  }
  return false;
}
