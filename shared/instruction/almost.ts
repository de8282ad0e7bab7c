import { editFenceStart } from './edit-fence.ts';
import { fenceOf } from './fence.ts';
import { indentOf, lineAt } from './lines.ts';
import { markerOf } from './marker.ts';

// Lines that were meant as the beginning of a block and are none. As text they would be passed over, and the change that
// they ask for with them.

const sign = '(?:<|&lt;|[＜«‹])';
const almostSearch = new RegExp(`^[\\s\\p{Cf}]*${sign}{3,}\\s*SEARCH\\b`, 'iu');
/** As another tool writes its blocks: `------- SEARCH`, `+++++++ REPLACE`. */
const dashedSearch = /^ {0,3}-{5,}\s*SEARCH>?\s*$/i;
const severalSigns = new RegExp(`${sign}{3}`, 'u');
const conflictStart = /^ {0,3}<{5,9}\s+\S/;
const conflictDivider = /^\s*={5,9}\s*$/;
const almostEnd = /^[\s\p{Cf}]*(?:(?:>|&gt;|[＞»›]){3,}|\+{5,}\s*REPLACE\b)/u;
const oddBlanks = /^[\s\p{Cf}]+/u;

/** What is looked at of a fence. */
interface Fence {
  readonly info: string;
  readonly body: readonly string[];
}

/** `<<<<<<< SEARCH x.py`, `<<< SEARCH`: a SEARCH marker, but for something before, in or behind it. */
function isAlmostSearch(line: string): boolean {
  if (line.length >= 500 || markerOf(line) !== null) return false;
  return almostSearch.test(line) || dashedSearch.test(line);
}

/** A block that begins at a line with a marker that is none: its last line, and what is wrong. Null where none begins. */
export function almostBlock(lines: readonly string[], at: number): { end: number; problem: string } | null {
  const line = lineAt(lines, at);
  const first = line.charCodeAt(indentOf(line));
  // Most lines begin with a letter: they are none.
  if (first < 128 && first !== 60 && first !== 38 && first !== 96 && first !== 42 && first !== 45)
    return null;
  if (first === 42) return otherForm(line, at);
  if (isAlmostSearch(line)) return { end: endOf(lines, at), problem: wrongMarker };
  if (conflictStart.test(line) && markerOf(line) === null)
    return { end: endOf(lines, at), problem: conflict };
  const plain = line.replace(oddBlanks, '');
  if (first >= 128 && (fenceOf(plain) !== null || markerOf(plain) !== null))
    return { end: at, problem: blanks };
  const ticks = /^`{3,}/.exec(plain)?.[0];
  if (ticks !== undefined && fenceOf(plain) === null && !plain.slice(ticks.length).includes(ticks))
    return { end: at, problem: tickInInfo };
  return null;
}

/** `**<<<<<<< SEARCH**`, and the first line of a patch as some models write it. */
function otherForm(line: string, at: number): { end: number; problem: string } | null {
  if (/^\s*\*{1,2}<{3,}\s*SEARCH\s*\*{1,2}\s*$/i.test(line)) return { end: at, problem: wrongMarker };
  return line.startsWith('*** Begin Patch') ? { end: at, problem: patch } : null;
}

/** What is wrong with a fence that holds such a block; null where it holds none. */
export function almostEditFence({ info, body }: Fence): string | null {
  return editFenceStart(['', ...body.slice(0, 12)], 0, info, isAlmostSearch) ? wrongMarker : null;
}

/** What is wrong with a fence whose text is two versions with conflict marks around them; null where it is none. */
export function conflictFence({ info, body }: Fence): string | null {
  const opens = (line: string): boolean => conflictStart.test(line);
  const whole =
    body.some(line => conflictDivider.test(line)) && body.some(line => /^>{5,9}(?:\s|$)/.test(line));
  return whole && editFenceStart(['', ...body.slice(0, 12)], 0, info, opens) ? conflict : null;
}

/** The line that ends such a block: the first that looks like an end, unless something else begins before it. */
function endOf(lines: readonly string[], start: number): number {
  for (let at = start + 1; at < lines.length; at += 1) {
    const line = lineAt(lines, at);
    if (almostEnd.test(line)) return at;
    if (severalSigns.test(line) || fenceOf(line) !== null) break;
  }
  return start;
}

const wrongMarker =
  'This looks like the beginning of a SEARCH/REPLACE block, and its first line is no SEARCH marker. Write <<<<<<< SEARCH with 5 to 9 "<" and nothing else on the line, the old lines, =======, the new lines, >>>>>>> REPLACE.';
const patch =
  'A patch begins here, and patches are not applied. Write each change as a block below File: `path`: <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE.';
const conflict =
  'These are the marks of a merge conflict, or those of another tool. For an edit write <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE; otherwise take the marks away.';
const blanks =
  'Blanks or invisible characters of another kind stand before this fence or marker, so it is none. Write the line anew without them.';
const tickInInfo =
  'This line begins as a fence does, but has a tick behind, so it opens none. Write the language alone behind the ticks.';
