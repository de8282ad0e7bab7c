import { dedent, indentOf, isBlank, lineAt } from './lines.ts';

/** The three lines that make a SEARCH/REPLACE block. A block's markers have 5 to 9 characters. */
export type MarkerKind = 'search' | 'divider' | 'replace';

export interface Marker {
  readonly kind: MarkerKind;
  /** Number of marker characters. */
  readonly width: number;
  readonly indent: number;
}

const searchForm = /^\s*(<{5,9})\s*SEARCH\s*(?::\s*)?$/i;
const replaceForm = /^\s*(>{5,9})\s*REPLACE\s*$/i;
/** `>>>>>>> REPLACE x.py`, `>>>>>>> UPDATED`: meant as the end of a block, and none. */
const almostReplace = /^\s*(?:>{3,}\s*REPLACE\b|>{5,}\s*[A-Z])/i;
const dividerForm = /^\s*(={5,9})\s*$/;

/** What marker a line is, if it is one. A divider means something only inside a block. */
export function markerOf(line: string): Marker | null {
  // Most lines are none: the first character that is not blank decides without a regular expression.
  const indent = indentOf(line);
  const first = line.charCodeAt(indent);
  if (first !== 60 && first !== 61 && first !== 62) return null;
  const form = first === 60 ? searchForm : first === 61 ? dividerForm : replaceForm;
  const width = form.exec(line)?.[1]?.length;
  if (width === undefined) return null;
  return { kind: first === 60 ? 'search' : first === 61 ? 'divider' : 'replace', width, indent };
}

/** A SEARCH/REPLACE block found at a line, or what is wrong with it. Line indexes count from 0. */
export type MarkedBlock =
  | {
      readonly ok: true;
      readonly end: number;
      readonly search: readonly string[];
      readonly replace: readonly string[];
      /** The divider line, when the REPLACE text holds another line just like it. */
      readonly repeatedDivider: string | null;
    }
  | { readonly ok: false; readonly end: number; readonly problem: string };

/**
 * Reads the block whose SEARCH marker stands at `start`, not looking beyond `limit` (exclusive). Markers as
 * wide as the SEARCH marker are preferred, so that a block can show narrower or wider ones as its text.
 */
export function readMarkedBlock(lines: readonly string[], start: number, limit: number): MarkedBlock {
  const opening = markerOf(lineAt(lines, start));
  const width = opening?.width ?? 7;
  const dividers: { at: number; width: number }[] = [];
  let looseEnd = -1;
  let almostEnd = -1;
  let end = -1;
  let at = start + 1;
  for (; at < limit; at += 1) {
    const marker = markerOf(lineAt(lines, at));
    if (marker === null) {
      if (almostEnd < 0 && almostReplace.test(lineAt(lines, at))) almostEnd = at;
      continue;
    }
    if (marker.kind === 'divider') dividers.push({ at, width: marker.width });
    else if (marker.kind === 'replace' && marker.width === width) {
      end = at;
      break;
    } else if (marker.kind === 'replace' && looseEnd < 0) looseEnd = at;
    else if (marker.kind === 'search' && (marker.width === width || looseEnd >= 0)) break;
  }
  if (end < 0) end = looseEnd;
  if (end < 0) {
    const problem =
      dividers.length === 0 && almostEnd < 0
        ? 'has neither a ======= line nor a >>>>>>> REPLACE line'
        : almostEnd < 0
          ? 'has no >>>>>>> REPLACE line'
          : `has no >>>>>>> REPLACE line: "${lineAt(lines, almostEnd).trim().slice(0, 80)}" is none, because something else is on the line or the number of ">" is another`;
    return { ok: false, end: Math.max(start, at - 1), problem };
  }
  const inside = dividers.filter(divider => divider.at < end);
  const same = inside.filter(divider => divider.width === width);
  const chosen = same.length > 0 ? same : inside;
  const divider = chosen[0];
  if (divider === undefined) {
    return { ok: false, end, problem: 'has no ======= line between SEARCH and REPLACE' };
  }
  const body = stripIndent(lines.slice(start + 1, end), opening?.indent ?? 0);
  const cut = divider.at - start - 1;
  return {
    ok: true,
    end,
    search: body.slice(0, cut),
    replace: body.slice(cut + 1),
    repeatedDivider: chosen.length > 1 ? (body[cut] ?? null) : null,
  };
}

/** What is told of a block that is none. */
export function malformed(problem: string): string {
  return `The SEARCH/REPLACE block that begins here ${problem}. Write <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE, each marker on its own line.`;
}

/** Takes the markers' own indentation off the text, when all of the text has it (a block inside a list item). */
function stripIndent(body: readonly string[], indent: number): readonly string[] {
  if (indent === 0) return body;
  const whole = body.every(line => isBlank(line) || indentOf(line) >= indent);
  return whole ? dedent(body, indent) : body;
}
