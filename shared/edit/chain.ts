import {
  allInside,
  changesBlanksOnly,
  crosses,
  type EditLines,
  isInsertion,
  tellsByItself,
} from './applied.ts';
import { composed } from './compose.ts';
import type { FileText } from './file-text.ts';
import { type Ending, LineList } from './line-list.ts';
import { firstPlaces, placesOf } from './locate.ts';
import { swap } from './swap.ts';

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
  const edits: EditLines[] = [];
  for (const step of steps) {
    if ('content' in step) break;
    edits.push(step);
  }
  const composes = edits.length > 1 && composed(edits, dominant).length < edits.length;
  let attempts = 0;
  for (let count = edits.length; count > 0 && attempts < mostAttempts; count -= 1) {
    const prefix = edits.slice(0, count);
    const whole = count === steps.length;
    if (standsOnce(file, prefix.at(-1))) {
      attempts += 1;
      if (proves(text, prefix, prefix, whole, dominant)) return count;
    }
    if (!composes || edits.length - count >= mostAttempts) continue;
    const together = composed(prefix, dominant);
    if (together.length < count && proves(text, together, prefix, whole, dominant)) return count;
  }
  return 0;
}

function standsOnce(file: FileText, edit: EditLines | undefined): boolean {
  return edit !== undefined && firstPlaces(file.list, edit.replace).places.length === 1;
}

/**
 * Whether a text shows that steps were made: by undoing the edits that they come to, and doing the steps again. What
 * proves nothing counts all the same where doing it would do it a second time.
 */
function proves(
  text: string,
  edits: readonly EditLines[],
  steps: readonly EditLines[],
  whole: boolean,
  dominant: Exclude<Ending, ''>,
): boolean {
  const changing = edits.filter(edit => !changesNothing(edit));
  if (!undoneAndRedone(text, changing, steps, dominant)) return false;
  return provable(changing, whole) || (steps.length > 1 && couldBeDone(text, steps, dominant));
}

/**
 * Whether undoing edits would prove anything: each must show by its own text that it was made. Where they are all that
 * there is for the file, a short one may lean on the others.
 */
function provable(edits: readonly EditLines[], whole: boolean): boolean {
  let strong = 0;
  for (const edit of edits) {
    if (edit.replace.length === 0) return false;
    if (tellsByItself(edit) || isInsertion(edit)) strong += 1;
    else if (!whole || !addsText(edit)) return false;
  }
  return strong > 0;
}

/** A block whose two texts are one: it is there before and after, and shows nothing. */
function changesNothing({ search, replace }: EditLines): boolean {
  return search.length === replace.length && search.every((line, at) => line === replace[at]);
}

function addsText(edit: EditLines): boolean {
  const old = new Set(edit.search);
  return edit.replace.some(line => line.trim() !== '' && !old.has(line));
}

function undoneAndRedone(
  text: string,
  edits: readonly EditLines[],
  steps: readonly EditLines[],
  dominant: Exclude<Ending, ''>,
): boolean {
  const list = new LineList(text);
  for (const edit of edits.toReversed()) {
    if (!standsAsMade(list, edit) || !swap(list, edit.replace, edit.search, dominant)) return false;
  }
  return steps.every(step => swap(list, step.search, step.replace, dominant)) && list.toText() === text;
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
function couldBeDone(text: string, steps: readonly EditLines[], dominant: Exclude<Ending, ''>): boolean {
  const list = new LineList(text);
  return steps.every(step => swap(list, step.search, step.replace, dominant));
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
