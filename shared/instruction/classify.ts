import type { ErrorCode } from '../domain/failure.ts';
import { doubtOfFolder, doubtOfSeveral } from './doubt.ts';
import { isMarkdown } from './fence.ts';
import type { PathHeader } from './header.ts';
import {
  explainsFormat,
  isChangeTitle,
  isContentTitle,
  isShownSection,
  type Label,
  labelOf,
} from './label.ts';
import { isCommandLanguage, isQueryLanguage, languageFit } from './language.ts';
import { markerOf, readMarkedBlock } from './marker.ts';
import type { FencePart } from './parts.ts';
import { isPatch, patchReason, sumsUp } from './patch.ts';
import { notExecutedReason } from './reason.ts';
import { beginsAsFile, isSnippet } from './snippet.ts';
import { fileUnsaid, unsaidReason } from './unsaid.ts';

/** What a fence without SEARCH markers is. */
export type Verdict =
  | { readonly is: 'file'; readonly path: string }
  | { readonly is: 'shown'; readonly reason: string }
  | { readonly is: 'rejected'; readonly code: ErrorCode; readonly reason: string };

/** What stands around a fence. */
export interface Surroundings {
  /** The nearest path header, whether it stands in the fence's own section, and that section's title. */
  readonly nearest: { readonly header: PathHeader; readonly here: boolean; readonly title: string } | null;
  /** The first block that the header has served: its line from 1, and whether it is a file in a fence without a language. */
  readonly served: { readonly line: number; readonly bare: boolean } | null;
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
  const rejected = use !== 'shown' && use.is === 'rejected';
  // Below Create a file may hold blocks; below File: they are meant as edits.
  if (use !== 'shown' && use.is === 'file' && nearest?.header.kind === 'file' && endsInBlock(part))
    return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: behindLinesReason };
  if (nearest !== null && use !== 'shown') {
    const doubt =
      doubtOfSeveral(nearest.header) ?? (use.is === 'file' ? doubtOfFolder(nearest.header) : null);
    if (doubt !== null) return { is: 'rejected', code: 'PATH_MISSING', reason: doubt };
  }
  if (use !== 'shown' && use.is === 'file') return use;
  if (
    isPatch(part.body) &&
    !part.quoted &&
    (rejected || !(isOnlyShown(around) || sumsUp(intro?.text ?? '', around.titles)))
  )
    return { is: 'rejected', code: 'EDIT_WITHOUT_SEARCH', reason: patchReason };
  if (rejected) return use;
  if (endsInBlock(part) && !isOnlyShown(around) && !explainsFormat([intro?.text, ...around.titles].join(' ')))
    return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: behindLinesReason };
  const path = part.quoted || isOnlyShown(around) ? null : fileUnsaid(part, nearest?.header ?? null, intro);
  if (path !== null) return { is: 'rejected', code: 'EDIT_WITHOUT_SEARCH', reason: unsaidReason(path) };
  if (use !== 'shown') return use;
  return { is: 'shown', reason: notExecutedReason(part, intro?.text ?? null, title) };
}

function isOnlyShown({ intro, titles }: Surroundings): boolean {
  if (intro !== null && labelOf(intro.text) === 'shown') return true;
  return titles.some(title => isShownSection(title) || tellsOfNow.test(title));
}

/** A section about how things are: `## Current configuration`, `## 2. Analysis`. */
const tellsOfNow =
  /^(?:\d+[.)]\s*)?(?:current|existing|observed|analysis|findings|investigation|architecture|design|how (?:it|things|this) work)/i;

/** Whether a fence ends in a whole SEARCH/REPLACE block, and begins with lines that may not stand above one in its fence. */
function endsInBlock({ body, language, quoted }: FencePart): boolean {
  const last = body.findLastIndex(line => line.trim() !== '');
  if (quoted || isMarkdown(language) || markerOf(body[last] ?? '')?.kind !== 'replace') return false;
  const first = body.findIndex(line => markerOf(line)?.kind === 'search');
  return first >= 0 && readMarkedBlock(body, first, body.length).ok;
}

/** "File: `x`, current code:": what stands below is the file as it is, or a part of it. */
const asItIs =
  /(?:\((?:excerpt\b[^)]*|(?:current|currently|before|old|original)(?:\s+(?:code|contents?|version|state|implementation|lines?|reads?|looks?)\b[^)]*)?)\)|[-–—:]\s*(?:current|currently|existing|old|original)(?:\s+(?:code|contents?|version|state|implementation|lines?))?|\s(?:currently|today)\s+(?:reads?|looks?|has|contains?|is|says)\b.{0,40})\s*:?\s*$/i;

const doneWith =
  /^(?:(?:to|then|now|and|finally),?\s+)*(?:install|enable|start|stop|restart|schedule|run|test|verify|check|deploy|activate|add (?:it|this) to (?:the )?cron)/i;

/** "And the rest of the file:", below a fence that was its beginning. */
const goesOn =
  /\b(?:rest|remainder|end|bottom|top|beginning)\s+of\s+(?:the|this|that|it)\b|\bcontinu(?:ed|es|ing)\b/i;

/** What a fence in reach of a header is; `shown` leaves it to others to say why. */
function useOf(
  part: FencePart,
  { header, here }: NonNullable<Surroundings['nearest']>,
  { intro, served, title, titles }: Surroundings,
): Verdict | 'shown' {
  const isShown = () => (here ? isShownSection(title) : titles.some(isShownSection));
  const adjacent = intro !== null && intro.at === header.at;
  const label: Label =
    intro === null ? (here ? 'prose' : labelOf(title)) : adjacent ? 'prose' : labelOf(intro.text);
  const fit = languageFit(part.language, header.path);
  const command = (isCommandLanguage(part.language) || isQueryLanguage(part.language)) && fit !== 'fits';
  if ((adjacent || (here && intro === null)) && header.kind === 'file' && asItIs.test(header.text))
    return 'shown';
  if (header.kind === 'named' || header.weak) {
    const verb = header.kind === 'edit' && adjacent && fit !== 'clash' && !command && !isShown();
    return verb ? editWithoutSearch(header) : 'shown';
  }
  if (header.kind === 'edit') {
    if (label === 'shown' || command || fit === 'clash' || isShown()) return 'shown';
    if (adjacent && /\b(?:currently|current code|existing|is defined|shows?|reads?)\b/i.test(header.text))
      return 'shown';
    if (served !== null && label !== 'change' && !here) return 'shown';
    return editWithoutSearch(header);
  }
  if (served !== null) {
    // What is done with a script is commands, and no change of it.
    const used = !here || doneWith.test(intro?.text.trim() ?? '');
    const commands = command || (used && isCommandLanguage(part.language));
    if (label === 'change' && fit !== 'clash' && !commands) return editWithoutSearch(header);
    if (here && label !== 'shown' && fit === 'fits' && goesOn.test(intro?.text ?? ''))
      return editWithoutSearch(header);
    if (here && label !== 'shown' && fit === 'fits' && served.bare)
      return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: twoReason(header, served.line) };
    return command ? 'shown' : { is: 'shown', reason: servedReason(header, served.line) };
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
  if (header.item) return { is: 'rejected', code: 'BLOCK_MALFORMED', reason: itemReason(header) };
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

const behindLinesReason =
  'A SEARCH/REPLACE block stands in this fence behind lines that are no part of it, so it is not made. Let the fence begin with <<<<<<< SEARCH, and write what is above it in front of the fence.';

function clashReason(header: PathHeader, part: FencePart): string {
  return `The header above names ${header.path}, but the fence is marked ${part.language ?? 'otherwise'}. Mark the fence with the file's own language, or put the file's fence right under its header.`;
}

function twoReason(header: PathHeader, line: number): string {
  return `The header of ${header.path} has taken the fence on line ${line} for the file, and this one has the file's language. Put the file's fence right under its header, and mark the other one with a language of its own.`;
}

function itemReason(header: PathHeader): string {
  return `A list above names ${header.path} as new, but other lines stand between that and this fence, so that it may be something else. For the file, write Create \`${header.path}\` right above the fence; above what is only shown write Example:`;
}

function servedReason(header: PathHeader, line: number): string {
  return `The header of ${header.path} has its block on line ${line} already, so this fence is not executed. For another file, write a header of its own above it.`;
}
