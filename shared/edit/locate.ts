import { type KeyName, keyOf, type Line, type LineList } from './line-list.ts';
import { startsOf } from './sequence.ts';

/** How closely a text must match: the tiers of locating, tried in this order. */
export type Tier = 'exact' | 'trailing' | 'indent';

export const tiers: readonly Tier[] = ['exact', 'trailing', 'indent'];

/** A change of indentation: the file has `to` where the step's text has `from`. */
export interface Shift {
  readonly from: string;
  readonly to: string;
}

/** Where a text stands in a file: its first and last line. */
export interface Place {
  readonly from: Line;
  readonly to: Line;
  readonly shift: Shift | null;
}

const keyNames: Readonly<Record<Tier, KeyName>> = { exact: 'exact', trailing: 'trailing', indent: 'trimmed' };

/** More places than this are neither looked for nor told apart: the text says nothing. */
export const mostPlaces = 1000;

/** Every place where `wanted` stands in the file, under one tier, in no particular order. */
export function placesOf(list: LineList, wanted: readonly string[], tier: Tier): Place[] {
  if (wanted.length === 0 || wanted.length > list.count) return [];
  const name = keyNames[tier];
  const sought = wanted.map(line => keyOf(name, line));
  const pivot = rarest(list, name, sought);
  const candidates = list.withKey(name, sought[pivot] ?? '');
  const count = 'size' in candidates ? candidates.size : candidates.length;
  // Where lines repeat themselves, each candidate may be read to its end for nothing.
  const stretches =
    count * wanted.length > list.count + wanted.length
      ? inOneReading(list, sought, name)
      : around(candidates, pivot, sought, name);
  const places: Place[] = [];
  for (const { from, to } of stretches) {
    const shift = tier === 'indent' ? shiftBetween(wanted, from) : null;
    if (tier !== 'indent' || shift !== null) places.push({ from, to, shift });
    if (places.length >= mostPlaces) break;
  }
  return places;
}

/** The places under the first tier that has any. */
export function firstPlaces(list: LineList, wanted: readonly string[]): { tier: Tier; places: Place[] } {
  for (const tier of tiers) {
    const places = placesOf(list, wanted, tier);
    if (places.length > 0) return { tier, places };
  }
  return { tier: 'exact', places: [] };
}

/** Which of the sought lines to look up: the longest, or the rarest where an index knows. */
function rarest(list: LineList, name: KeyName, sought: readonly string[]): number {
  let best = 0;
  let bestCount = Number.POSITIVE_INFINITY;
  for (let at = 0; at < sought.length; at += 1) {
    const key = sought[at] ?? '';
    const count = list.countWithKey(name, key) ?? -key.length;
    if (count < bestCount) {
      best = at;
      bestCount = count;
    }
    if (count === 0) break;
  }
  return best;
}

type Stretch = Pick<Place, 'from' | 'to'>;

function inOneReading(list: LineList, sought: readonly string[], name: KeyName): Stretch[] {
  const lines = list.toArray();
  const all = lines.map(line => keyOf(name, line.text));
  const stretches: Stretch[] = [];
  for (const at of startsOf(sought, all)) {
    const [from, to] = [lines[at], lines[at + sought.length - 1]];
    if (from !== undefined && to !== undefined) stretches.push({ from, to });
  }
  return stretches;
}

function* around(
  candidates: Iterable<Line>,
  pivot: number,
  sought: readonly string[],
  name: KeyName,
): Generator<Stretch> {
  for (const line of candidates) {
    const stretch = stretchAround(line, pivot, sought, name);
    if (stretch !== null) yield stretch;
  }
}

function stretchAround(line: Line, pivot: number, sought: readonly string[], name: KeyName): Stretch | null {
  let from: Line = line;
  for (let at = pivot - 1; at >= 0; at -= 1) {
    const before = from.before;
    if (before === null || keyOf(name, before.text) !== sought[at]) return null;
    from = before;
  }
  let to: Line = line;
  for (let at = pivot + 1; at < sought.length; at += 1) {
    const after = to.after;
    if (after === null || keyOf(name, after.text) !== sought[at]) return null;
    to = after;
  }
  return { from, to };
}

/** The one change of indentation that turns the wanted lines into the file's; null when there is no such one. */
function shiftBetween(wanted: readonly string[], from: Line): Shift | null {
  const found: string[] = [];
  let line: Line | null = from;
  for (let at = 0; at < wanted.length; at += 1) {
    if (line === null) return null;
    found.push(line.text);
    line = line.after;
  }
  const shift = { from: commonIndent(wanted), to: commonIndent(found) };
  for (let at = 0; at < wanted.length; at += 1) {
    const mine = (wanted[at] ?? '').trimEnd();
    const theirs = (found[at] ?? '').trimEnd();
    if (mine.slice(shift.from.length) !== theirs.slice(shift.to.length)) return null;
  }
  return shift;
}

/** The white space that all lines with text begin with. */
function commonIndent(lines: readonly string[]): string {
  let common: string | null = null;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = /^\s*/.exec(line)?.[0] ?? '';
    if (common === null) common = indent;
    let at = 0;
    while (at < common.length && at < indent.length && common[at] === indent[at]) at += 1;
    common = common.slice(0, at);
    if (common === '') return '';
  }
  return common ?? '';
}

/** Lines with their indentation changed as the place asks; null when a line cannot follow the change. */
export function shifted(lines: readonly string[], shift: Shift | null): string[] | null {
  if (shift === null || shift.from === shift.to) return [...lines];
  const moved: string[] = [];
  for (const line of lines) {
    if (line.trim() === '') moved.push(line);
    else if (line.startsWith(shift.from)) moved.push(shift.to + line.slice(shift.from.length));
    else if (shift.to.endsWith(shift.from))
      moved.push(shift.to.slice(0, shift.to.length - shift.from.length) + line);
    else if (shift.from.startsWith(shift.to) && line.startsWith(shift.from.slice(shift.to.length))) {
      moved.push(line.slice(shift.from.length - shift.to.length));
    } else return null;
  }
  return moved;
}
