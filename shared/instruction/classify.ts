import type { ErrorCode } from '../domain/failure.ts';
import type { PathHeader } from './header.ts';
import { isChangeTitle, isContentTitle, type Label, labelOf } from './label.ts';
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
  /** Whether the fence's own section, or one around it, is one where nothing is meant to be written. */
  readonly shown: { readonly here: boolean; readonly around: boolean };
}

/** Judges a fence by its header, the words above it, its language and its text. */
export function classifyFence(part: FencePart, around: Surroundings): Verdict {
  const { nearest, intro, title } = around;
  const shown: Verdict = { is: 'shown', reason: notExecutedReason(part, intro?.text ?? null, title) };
  if (part.quoted || nearest === null) return shown;
  const { header, here } = nearest;
  const shownSection = here ? around.shown.here : around.shown.around;
  const adjacent = intro !== null && intro.at === header.at;
  const label: Label =
    intro === null ? (here ? 'prose' : labelOf(title)) : adjacent ? 'prose' : labelOf(intro.text);
  const fit = languageFit(part.language, header.path);
  const command = (isCommandLanguage(part.language) || isQueryLanguage(part.language)) && fit !== 'fits';
  const change = editWithoutSearch(header);
  if (header.kind === 'named' || header.weak) {
    const verb = header.kind === 'edit' && adjacent && fit !== 'clash' && !command && !shownSection;
    return verb ? change : shown;
  }
  if (header.kind === 'edit') {
    if (label === 'shown' || command || fit === 'clash' || shownSection) return shown;
    if (adjacent && /\b(?:currently|current code|existing|is defined|shows?|reads?)\b/i.test(header.text))
      return shown;
    if (around.servedAt !== null && label !== 'change' && !here) return shown;
    return change;
  }
  if (around.servedAt !== null) {
    if (label === 'change' && fit !== 'clash' && !command) return change;
    return command ? shown : { is: 'shown', reason: servedReason(header, around.servedAt) };
  }
  if (!here && !isContentTitle(title)) {
    const meant = (label === 'change' || isChangeTitle(title)) && fit === 'fits' && header.kind === 'file';
    return meant && !shownSection ? change : shown;
  }
  return wholeFile(part, header, {
    label,
    adjacent: adjacent || intro === null,
    fit,
    command,
    colon: /:\s*$/.test(intro?.text ?? ''),
    title,
    shown,
    change,
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
    shown: Verdict;
    change: Verdict;
  },
): Verdict {
  const file: Verdict = { is: 'file', path: header.path };
  if (isSnippet(part.body) && header.kind === 'file') return seen.change;
  if (/^(?:diff|patch)$/.test(part.language ?? '') && !/\.(?:diff|patch)$/.test(header.path))
    return seen.change;
  if (seen.adjacent) {
    if (seen.fit === 'clash') {
      if (seen.command) return seen.shown;
      return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: clashReason(header, part) };
    }
    if (header.kind === 'file' && isChangeTitle(seen.title) && !beginsAsFile(part.body)) return seen.change;
    return file;
  }
  if (seen.command || seen.fit === 'clash') return seen.shown;
  if (seen.label === 'content') return file;
  if (seen.label === 'shown') return seen.shown;
  if (seen.label === 'change' && header.kind === 'create' && !seen.colon && seen.fit === 'fits') return file;
  if (seen.label === 'change')
    return header.kind === 'create' && beginsAsFile(part.body) && seen.fit === 'fits' ? file : seen.change;
  if (seen.label === 'introduces') return seen.fit === 'fits' ? file : seen.shown;
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
