import { keptLines } from './kept-lines.ts';
import type { Line, LineList } from './line-list.ts';
import { firstPlaces, mostPlaces, type Place, placesOf, tiers } from './locate.ts';
import { startsOf } from './sequence.ts';

/** The lines of an edit. */
export interface EditLines {
  readonly search: readonly string[];
  readonly replace: readonly string[];
}

/** A REPLACE text with fewer characters than this, blanks not counted, may stand in a file by chance. */
const shortText = 16;

/**
 * Whether the REPLACE text alone can show that its edit was made. It cannot when it adds nothing (a deletion) or is
 * so short that it may be there by chance: then only the ledger can tell.
 */
export function tellsByItself(edit: EditLines): boolean {
  const characters = edit.replace.reduce((sum, line) => sum + line.replace(/\s+/g, '').length, 0);
  if (characters < shortText) return false;
  if (edit.replace.some(line => line.trim() !== '' && !edit.search.includes(line))) return true;
  // Every line of it is in SEARCH: whether one stands there once more, or elsewhere.
  const kept = keptLines(edit.search, edit.replace);
  return edit.replace.some((line, at) => kept[at] === -1 && line.trim() !== '');
}

/** What a file says of an edit before it is made. */
export type Standing =
  /** It is made. */
  | 'applied'
  /**
   * It may be made: SEARCH stands only more loosely than REPLACE, and too little is added to tell; or across the edge
   * of REPLACE, where it may have come about by the edit.
   */
  | 'unclear'
  | 'open';

/**
 * Whether an edit is in the file already: REPLACE occurs and every occurrence of SEARCH, found as strictly as REPLACE
 * was, lies inside one of REPLACE. So text is never inserted a second time, and an edit that can still be made is never
 * passed over. Where SEARCH stands nowhere else, REPLACE has to tell by itself.
 */
export function standingOf(list: LineList, edit: EditLines): Standing {
  if (edit.replace.length === 0) return 'open';
  if (changesBlanksOnly(edit)) return standingOfBlanks(list, edit);
  const replaced = firstPlaces(list, edit.replace);
  if (replaced.places.length === 0) return 'open';
  const searched = firstPlaces(list, edit.search);
  if (searched.places.length === 0) return tellsByItself(edit) ? 'applied' : 'open';
  if (tiers.indexOf(searched.tier) > tiers.indexOf(replaced.tier))
    return tellsByItself(edit) ? 'applied' : 'unclear';
  if (allInside(searched.places, replaced.places, edit)) return 'applied';
  const [place, ...others] = searched.places;
  const crossed = place !== undefined && others.length === 0 && crosses(place, replaced.places);
  return crossed ? 'unclear' : 'open';
}

/** Whether an edit changes indentation or trailing blanks and nothing else: the loose tiers read both texts as one. */
export function changesBlanksOnly({ search, replace }: EditLines): boolean {
  return search.length === replace.length && search.every((line, at) => line.trim() === replace[at]?.trim());
}

/** Such an edit is judged by the very texts. Where neither stands to the letter, nobody can tell. */
function standingOfBlanks(list: LineList, edit: EditLines): Standing {
  if (placesOf(list, edit.search, 'exact').length > 0) return 'open';
  if (placesOf(list, edit.replace, 'exact').length > 0) return tellsByItself(edit) ? 'applied' : 'unclear';
  return firstPlaces(list, edit.search).places.length > 0 ? 'unclear' : 'open';
}

/** Whether every place of SEARCH lies inside a place of REPLACE; where there are too many to look at, it is not known. */
export function allInside(searched: readonly Place[], replaced: readonly Place[], edit: EditLines): boolean {
  if (searched.length === 0) return true;
  if (searched.length >= mostPlaces) return false;
  const room = edit.replace.length - edit.search.length;
  if (room < 0) return false;
  const starts = new Set(replaced.map(place => place.from));
  return searched.every(place => liesInside(place, starts, room));
}

export function isApplied(list: LineList, edit: EditLines): boolean {
  return standingOf(list, edit) === 'applied';
}

/** Whether SEARCH stands in REPLACE as it is: an insertion, which can only be there because it was made. */
export function isInsertion(edit: EditLines): boolean {
  const { search, replace } = edit;
  return replace.length > search.length && !startsOf(search, replace).next().done;
}

/** Whether a place shares lines with another and neither holds the other. */
export function crosses(place: Place, others: readonly Place[]): boolean {
  const mine = linesOf(place);
  return others.some(other => {
    const theirs = linesOf(other);
    const shared = [...theirs].filter(line => mine.has(line)).length;
    return shared > 0 && shared < theirs.size && shared < mine.size;
  });
}

function linesOf(place: Place): Set<Line> {
  const lines = new Set<Line>();
  for (let line: Line | null = place.from; line !== null; line = line.after) {
    lines.add(line);
    if (line === place.to) break;
  }
  return lines;
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
