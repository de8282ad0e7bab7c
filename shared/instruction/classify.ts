import type { ErrorCode } from '../domain/failure.ts';
import type { PathHeader } from './header.ts';
import { isChangeTitle, isContentTitle, isShownSection, type Label, labelOf } from './label.ts';
import { isCommandLanguage, isQueryLanguage, languageFit } from './language.ts';
import { notExecutedReason } from './reason.ts';
import type { FencePart } from './scan.ts';
import { beginsAsFile, isSnippet } from './snippet.ts';

/** What a fence without SEARCH markers is. */
export type Verdict =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'shown'; readonly reason: string }
  | { readonly is: 'rejected'; readonly code: ErrorCode; readonly reason: string };

/** What stands around a fence. */
export interface Surroundings {
  /** The nearest path header, whether it stands in the fence's own section, and that section's title. */
  readonly nearest: { readonly header: PathHeader; readonly here: boolean; readonly title: string } | null;
  /** Line (from 1) of the block that the header has served already; null while it has served none. */
  readonly servedAt: number | null;
  /** The nearest line of text above, after the last block of the section. */
  readonly intro: { readonly at: number; readonly text: string } | null;
  readonly title: string;
  /** Titles of the sections around, the fence's own first, without that of the document. */
  readonly titles: readonly string[];
}

/** Judges a fence by its header, the words above it, its language and its text. */
export function classifyFence(part: FencePart, around: Surroundings): Verdict {
  const { nearest, intro, title } = around;
  const use = part.quoted || nearest === null ? 'shown' : useOf(part, nearest, around);
  if (use === 'shown') return { is: 'shown', reason: notExecutedReason(part, intro?.text ?? null, title) };
  return use;
}

/** What a fence in reach of a header is; `shown` leaves it to others to say why. */
function useOf(
  part: FencePart,
  { header, here }: NonNullable<Surroundings['nearest']>,
  { intro, servedAt, title, titles }: Surroundings,
): Verdict | 'shown' {
  const isShown = () => (here ? isShownSection(title) : titles.some(isShownSection));
  const adjacent = intro !== null && intro.at === header.at;
  const label: Label =
    intro === null ? (here ? 'prose' : labelOf(title)) : adjacent ? 'prose' : labelOf(intro.text);
  const fit = languageFit(part.language, header.path);
  const command = (isCommandLanguage(part.language) || isQueryLanguage(part.language)) && fit !== 'fits';
  if (header.kind === 'named' || header.weak) {
    const verb = header.kind === 'edit' && adjacent && fit !== 'clash' && !command && !isShown();
    return verb ? editWithoutSearch(header) : 'shown';
  }
  if (header.kind === 'edit') {
    if (label === 'shown' || command || fit === 'clash' || isShown()) return 'shown';
    if (adjacent && /\b(?:currently|current code|existing|is defined|shows?|reads?)\b/i.test(header.text))
      return 'shown';
    if (servedAt !== null && label !== 'change' && !here) return 'shown';
    return editWithoutSearch(header);
  }
  if (servedAt !== null) {
    if (label === 'change' && fit !== 'clash' && !command) return editWithoutSearch(header);
    return command ? 'shown' : { is: 'shown', reason: servedReason(header, servedAt) };
  }
  if (!here && !isContentTitle(title)) {
    const meant = (label === 'change' || isChangeTitle(title)) && fit === 'fits' && header.kind === 'file';
    return meant && !isShown() ? editWithoutSearch(header) : 'shown';
  }
  return wholeFile(part, header, {
    label,
    adjacent: adjacent || intro === null,
    fit,
    command,
    colon: /:\s*$/.test(intro?.text ?? ''),
    title,
  });
}

/** A fence in reach of a create or file header that has served no block yet. */
function wholeFile(
  part: FencePart,
  header: PathHeader,
  seen: {
    label: Label;
    adjacent: boolean;
    fit: 'fits' | 'open' | 'clash';
    command: boolean;
    colon: boolean;
    title: string;
  },
): Verdict | 'shown' {
  const file: Verdict = { is: 'file', path: header.path };
  if (header.kind === 'file' && isSnippet(part.body)) return editWithoutSearch(header);
  if (/^(?:diff|patch)$/.test(part.language ?? '') && !/\.(?:diff|patch)$/.test(header.path))
    return editWithoutSearch(header);
  if (seen.adjacent) {
    if (seen.fit === 'clash') {
      if (seen.command) return 'shown';
      return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: clashReason(header, part) };
    }
    if (header.kind === 'file' && isChangeTitle(seen.title) && !beginsAsFile(part.body))
      return editWithoutSearch(header);
    return file;
  }
  if (seen.command || seen.fit === 'clash') return 'shown';
  if (seen.label === 'content') return file;
  if (seen.label === 'shown') return 'shown';
  if (seen.label === 'change' && header.kind === 'create' && !seen.colon && seen.fit === 'fits') return file;
  if (seen.label === 'change')
    return header.kind === 'create' && beginsAsFile(part.body) && seen.fit === 'fits'
      ? file
      : editWithoutSearch(header);
  if (seen.label === 'introduces') return seen.fit === 'fits' ? file : 'shown';
  return file;
}

function editWithoutSearch(header: PathHeader): Verdict {
  const reason = `This fence stands under a header that edits ${header.path}, but says not where. Write the old lines and the new ones as a block: <<<<<<< SEARCH, old lines, =======, new lines, >>>>>>> REPLACE. For a whole new file write Create \`${header.path}\`.`;
  return { is: 'rejected', code: 'EDIT_WITHOUT_SEARCH', reason };
}

function clashReason(header: PathHeader, part: FencePart): string {
  return `The header above names ${header.path}, but the fence is marked ${part.language ?? 'otherwise'}. Mark the fence with the file's own language, or put the file's fence right under its header.`;
}

function servedReason(header: PathHeader, line: number): string {
  return `The header of ${header.path} has its block on line ${line} already, so this fence is not executed. For another file, write a header of its own above it.`;
}
