import {
  allInside,
  changesBlanksOnly,
  crosses,
  type EditLines,
  isInsertion,
  tellsByItself,
} from './applied.ts';
import type { FileText } from './file-text.ts';
import { type Ending, LineList } from './line-list.ts';
import { firstPlaces, placesOf } from './locate.ts';
import { splicePlace } from './splice.ts';

/** A step of one file: a whole file, or an edit. */
export type ChainStep = { readonly content: string } | EditLines;

/** Undoing is tried from so many steps at most; and so many prefixes of a created file are compared. */
const mostAttempts = 8;
const mostPrefixes = 64;

/**
 * How many of a file's first steps are in its text already: the longest prefix that can be undone one by one from
 * the last, REPLACE back to SEARCH at exactly one place each, and that, done again, gives the very same text. So a
 * block that edits what an earlier one inserted, or two insertions at one anchor, are recognised without a ledger.
 */
export function appliedPrefix(file: FileText, steps: readonly ChainStep[]): number {
  const { original: text, dominant } = file;
  const first = steps[0];
  if (first !== undefined && 'content' in first) return createdPrefix(text, first.content, steps, dominant);
  let attempts = 0;
  for (let count = steps.length; count > 0 && attempts < mostAttempts; count -= 1) {
    const last = steps[count - 1];
    if (last === undefined || 'content' in last || last.replace.length === 0) continue;
    if (firstPlaces(file.list, last.replace).places.length !== 1) continue;
    attempts += 1;
    const prefix = steps.slice(0, count);
    if (!undoneAndRedone(text, prefix, dominant)) continue;
    // What proves nothing counts all the same where doing it would do it a second time.
    if (provable(steps, count) || (count > 1 && couldBeDone(text, prefix, dominant))) return count;
  }
  return 0;
}

/**
 * Whether undoing so many steps would prove anything: each must show by its own text that it was made. Where it is
 * all the steps of the file, a short one may lean on the others.
 */
function provable(steps: readonly ChainStep[], count: number): boolean {
  let strong = 0;
  for (let at = 0; at < count; at += 1) {
    const step = steps[at];
    if (step === undefined || 'content' in step || step.replace.length === 0) return false;
    if (tellsByItself(step) || isInsertion(step)) strong += 1;
    else if (count < steps.length || !addsText(step)) return false;
  }
  return strong > 0;
}

function addsText(edit: EditLines): boolean {
  const old = new Set(edit.search);
  return edit.replace.some(line => line.trim() !== '' && !old.has(line));
}

function undoneAndRedone(text: string, steps: readonly ChainStep[], dominant: Exclude<Ending, ''>): boolean {
  const list = new LineList(text);
  for (const step of steps.toReversed()) {
    if ('content' in step || !standsAsMade(list, step)) return false;
    if (!swap(list, step.replace, step.search, dominant)) return false;
  }
  for (const step of steps) {
    if ('content' in step || !swap(list, step.search, step.replace, dominant)) return false;
  }
  return list.toText() === text;
}

/** Whether the text is as the step leaves it: nothing that it replaces stands outside of what it put there. */
function standsAsMade(list: LineList, edit: EditLines): boolean {
  if (changesBlanksOnly(edit)) {
    return (
      placesOf(list, edit.replace, 'exact').length === 1 && placesOf(list, edit.search, 'exact').length === 0
    );
  }
  const { places, tier } = firstPlaces(list, edit.replace);
  return placesOf(list, edit.search, tier).every(
    place => allInside([place], places, edit) || crosses(place, places),
  );
}

/** Whether steps can be done, one after the other, on a text as it is. */
function couldBeDone(text: string, steps: readonly ChainStep[], dominant: Exclude<Ending, ''>): boolean {
  const list = new LineList(text);
  return steps.every(step => !('content' in step) && swap(list, step.search, step.replace, dominant));
}

/** A file created by its first step: done forward from nothing, which prefix gives the text on disk? */
function createdPrefix(
  text: string,
  content: string,
  steps: readonly ChainStep[],
  dominant: Exclude<Ending, ''>,
): number {
  const whole = dominant === '\n' ? content : content.replaceAll('\n', dominant);
  let longest = whole === text ? 1 : 0;
  if (steps.length === 1) return longest;
  const list = new LineList(whole);
  for (let at = 1; at < steps.length; at += 1) {
    const step = steps[at];
    if (step === undefined || 'content' in step || !swap(list, step.search, step.replace, dominant))
      return longest;
    const compared = at < mostPrefixes || at === steps.length - 1;
    if (compared && list.toText() === text) longest = at + 1;
  }
  return longest;
}

/** Replaces one text by another where it stands, when that is exactly one place. */
function swap(
  list: LineList,
  from: readonly string[],
  to: readonly string[],
  dominant: Exclude<Ending, ''>,
): boolean {
  const [place, ...others] = firstPlaces(list, from).places;
  if (place === undefined || others.length > 0) return false;
  return splicePlace(list, place, from, to, dominant) !== null;
}
