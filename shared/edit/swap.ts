import type { Ending, LineList } from './line-list.ts';
import { firstPlaces } from './locate.ts';
import { splicePlace } from './splice.ts';

/** Replaces one text by another where it stands, when that is exactly one place. */
export function swap(
  list: LineList,
  from: readonly string[],
  to: readonly string[],
  dominant: Exclude<Ending, ''>,
): boolean {
  const [place, ...others] = firstPlaces(list, from).places;
  if (place === undefined || others.length > 0) return false;
  return splicePlace(list, place, from, to, dominant) !== null;
}
