import { fenceOf, languageOf } from './fence.ts';
import { isBlank, lineAt } from './lines.ts';
import { markerOf } from './marker.ts';

/** A line of code that is a comment, or a path alone on its line: what may stand above a block in its fence. */
const commentForm = /^\s*(?:#|\/\/|--|;|\/\*|<!--|%|\*)\s?(.*)$/;
const commentEnd = /(?:\*\/|-->)$/;
const headerForm = /^\s*(?:\*\*)?(?:file|path|target|in|edit|modify|update)\b.{0,20}[/.]\S+/i;
const pathForm = /^\s*[`"']?[\w@.~/()[\]-]+\.[A-Za-z0-9]{1,8}[`"']?:?\s*$/;

/** The text of a comment line without its comment signs; any other line as it is. */
export function commentText(line: string): string {
  return commentForm.exec(line)?.[1]?.trimEnd().replace(commentEnd, '').trimEnd() ?? line;
}

/**
 * Whether the fence opened at a line, with that info string, holds SEARCH/REPLACE blocks: its first line is a SEARCH
 * marker, or at most three lines that name a file or comment on it come first. A marker further down is text that a file
 * contains.
 *
 * @param opens what counts as a SEARCH marker
 */
export function editFenceStart(
  lines: readonly string[],
  at: number,
  info: string,
  opens: (line: string) => boolean = isSearchMarker,
): boolean {
  const showsMarkdown = ['markdown', 'md', 'mdx'].includes(languageOf(info) ?? '');
  const wordless = info === '' || /^te?xt\b/i.test(info);
  let preamble = 0;
  const horizon = Math.min(lines.length, at + 12);
  for (let next = at + 1; next < horizon; next += 1) {
    const line = lineAt(lines, next);
    if (isBlank(line)) continue;
    if (opens(line)) return true;
    if (fenceOf(line) !== null || /^#{2,6}\s/.test(line)) return false;
    preamble += 1;
    if (showsMarkdown || preamble > 3) return false;
    if (!isRemark(line, wordless)) return false;
  }
  return false;
}

/** Whether a line names a file or comments on it. `labelled`: so does one that ends with a colon. */
function isRemark(line: string, labelled: boolean): boolean {
  const label = labelled && /^\s*[A-Za-z][\w ,.'`-]{2,100}:\s*$/.test(line);
  return label || commentForm.test(line) || headerForm.test(line) || pathForm.test(line);
}

/** A rule, and comments of languages that write them otherwise. */
const otherRemark = /^\s*(?:[-.…_*]{3,}\s*$|\{\/\*|\(\*|REM\s)/;

/** Whether a line behind a block in its fence belongs to nothing: text that was to be in the block, or a stray marker. */
export function isStray(line: string): boolean {
  return !isBlank(line) && !isRemark(line, true) && !otherRemark.test(line);
}

function isSearchMarker(line: string): boolean {
  return markerOf(line)?.kind === 'search';
}

/**
 * Whether a bare fence line behind a block opens another fence of blocks, rather than closing this one: a SEARCH marker
 * follows at once, and a bare fence line stands behind that block too.
 */
export function opensNextEdit(lines: readonly string[], at: number): boolean {
  if (markerOf(lineAt(lines, at + 1))?.kind !== 'search') return false;
  const horizon = Math.min(lines.length, at + 5000);
  for (let next = at + 2; next < horizon; next += 1) {
    if (markerOf(lineAt(lines, next))?.kind !== 'replace') continue;
    const behind = isBlank(lineAt(lines, next + 1)) ? next + 2 : next + 1;
    return fenceOf(lineAt(lines, behind))?.info === '';
  }
  return false;
}
