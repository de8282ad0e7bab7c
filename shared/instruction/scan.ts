import { almostBlock } from './almost.ts';
import { editFenceStart } from './edit-fence.ts';
import { closingLine, type FenceLine, fenceOf, languageOf } from './fence.ts';
import { dedent, indentOf, isBlank, lineAt } from './lines.ts';
import { malformed, markerOf, readMarkedBlock } from './marker.ts';
import type { Part } from './parts.ts';
import { scanEditFence } from './scan-edit-fence.ts';

/** Cuts a document into its parts. One pass, SEARCH/REPLACE first, then fences, then headings and text. */
export function scanParts(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  let at = frontMatterEnd(lines);
  while (at < lines.length) at = scanOne(lines, at, parts);
  return parts;
}

/** Adds the part at a line and returns the index of the line after it. */
function scanOne(lines: readonly string[], at: number, parts: Part[]): number {
  const line = lineAt(lines, at);
  if (isBlank(line)) return at + 1;
  const marker = markerOf(line);
  if (marker?.kind === 'search') return scanEdit(lines, at, parts);
  if (marker?.kind === 'replace') {
    const reason =
      'A >>>>>>> REPLACE line stands here without a <<<<<<< SEARCH line above it. Write the whole block: SEARCH, =======, REPLACE.';
    parts.push({ kind: 'broken', at, end: at, language: null, reason });
    return at + 1;
  }
  const fence = fenceOf(line);
  if (fence !== null) return scanFence(lines, at, fence, parts);
  const almost = almostBlock(lines, at);
  if (almost !== null) {
    parts.push({ kind: 'broken', at, end: almost.end, language: null, reason: almost.problem });
    return almost.end + 1;
  }
  const listed = scanListFence(lines, at, parts);
  if (listed > 0) return listed;
  const sign = line.charAt(indentOf(line));
  const quoted = sign === '>' && quoteForm.test(line) ? scanQuote(lines, at, parts) : 0;
  if (quoted > 0) return quoted;
  const heading = sign === '#' ? headingForm.exec(line) : null;
  if (heading !== null) {
    const text = (heading[2] ?? '')
      .trim()
      .replace(/[ \t]#+$/, '')
      .trimEnd();
    parts.push({ kind: 'heading', at, level: heading[1]?.length ?? 1, text });
    return at + 1;
  }
  const level = setextLevel(lines, at);
  if (level > 0) {
    parts.push({ kind: 'heading', at, level, text: line.trim() });
    return at + 2;
  }
  parts.push({ kind: 'text', at, text: line });
  return at + 1;
}

const headingForm = /^ {0,3}(#{1,6})(?:[ \t](.*))?$/;

function scanEdit(lines: readonly string[], at: number, parts: Part[]): number {
  const block = readMarkedBlock(lines, at, lines.length);
  if (block.ok) {
    const { end, search, replace, repeatedDivider } = block;
    parts.push({ kind: 'edit', at, end, info: '', language: null, search, replace, repeatedDivider });
  } else parts.push({ kind: 'broken', at, end: block.end, language: null, reason: malformed(block.problem) });
  return block.end + 1;
}

function scanFence(lines: readonly string[], at: number, fence: FenceLine, parts: Part[]): number {
  const { info } = fence;
  const language = languageOf(info);
  if (editFenceStart(lines, at, info)) return scanEditFence(lines, at, fence, parts);
  const close = closingLine(lines, at, fence);
  if (close < 0) {
    const end = lines.length - 1;
    const reason = `The fence that opens here is never closed. Close it with a line of ${fence.width} or more ${fence.char === '~' ? 'tildes' : 'backticks'}; where the text holds such fences itself, open the outer one with more of them.`;
    parts.push({ kind: 'broken', at, end, language, reason });
    return lines.length;
  }
  const body = dedent(lines.slice(at + 1, close), fence.indent);
  parts.push({ kind: 'fence', at, end: close, info, language, body, quoted: false });
  return close + 1;
}

/** Columns. Each line is looked at once for each depth at which such an item stands around it, so there is a limit. */
const deepest = 40;
const tooDeep = `The fence that opens here stands more than ${deepest} columns deep in a list. Write it less deep.`;

const listItem = /^(\s*(?:[-*+]|\d{1,9}[.)])[ \t]+)(?=`{3}|~{3})/;

/**
 * A fence that opens on the very line of a list item: `- ```bash`. It is one when a fence line closes it before the
 * item ends, which a line with less indentation does. 0 when the line opens none.
 */
function scanListFence(lines: readonly string[], at: number, parts: Part[]): number {
  const item = listItem.exec(lineAt(lines, at))?.[1];
  if (item === undefined) return 0;
  if (indentOf(item) > deepest) {
    parts.push({ kind: 'broken', at, end: at, language: null, reason: tooDeep });
    return at + 1;
  }
  const least = Math.max(2, indentOf(item) + 1);
  let end = at + 1;
  while (end < lines.length && (isBlank(lineAt(lines, end)) || indentOf(lineAt(lines, end)) >= least))
    end += 1;
  const own = [' '.repeat(item.length) + lineAt(lines, at).slice(item.length), ...lines.slice(at + 1, end)];
  const fence = fenceOf(lineAt(own, 0));
  if (fence === null || (closingLine(own, 0, fence) < 0 && !editFenceStart(own, 0, fence.info))) return 0;
  const inner: Part[] = [];
  const next = scanFence(own, 0, fence, inner);
  for (const part of inner) parts.push(moved(part, at));
  return at + next;
}

function moved(part: Part, by: number): Part {
  return part.kind === 'heading' || part.kind === 'text'
    ? { ...part, at: part.at + by }
    : { ...part, at: part.at + by, end: part.end + by };
}

const quoteForm = /^ {0,3}>/;

/** A fence or a block inside a block quote; 0 when the quoted line begins neither. */
function scanQuote(lines: readonly string[], at: number, parts: Part[]): number {
  const opening = fenceOf(unquote(lineAt(lines, at)));
  const marker = markerOf(unquote(lineAt(lines, at)));
  if (opening === null && marker?.kind !== 'search') return 0;
  let end = at;
  for (let next = at + 1; next < lines.length && quoteForm.test(lineAt(lines, next)); next += 1) {
    end = next;
    const text = unquote(lineAt(lines, next));
    const fence = fenceOf(text);
    if (opening !== null && fence !== null && fence.info === '' && fence.char === opening.char) break;
    if (opening === null && markerOf(text)?.kind === 'replace') break;
  }
  const info = opening?.info ?? '';
  const body = lines.slice(at + 1, end).map(unquote);
  parts.push({ kind: 'fence', at, end, info, language: languageOf(info), body, quoted: true });
  return end + 1;
}

function unquote(line: string): string {
  return line.replace(/^ {0,3}(?:>\s?){1,4}/, '');
}

/** Level of a Setext heading (text underlined by === or ---) whose text stands at a line; 0 when it is none. */
function setextLevel(lines: readonly string[], at: number): number {
  const under = lineAt(lines, at + 1);
  const first = under.charCodeAt(0);
  if (first !== 61 && first !== 45) return 0;
  if (!/^(={3,}|-{3,})\s*$/.test(under)) return 0;
  const text = lineAt(lines, at);
  if (isBlank(text) || indentOf(text) > 3 || /^\s*([-*+>|#<=]|\d+[.)]\s)/.test(text)) {
    if (!/^\s*\*\*/.test(text)) return 0;
  }
  if (at > 0 && !isBlank(lineAt(lines, at - 1))) return 0;
  return first === 61 ? 1 : 2;
}

/** YAML between two --- lines at the very top is about the document: index of the first line after it. */
function frontMatterEnd(lines: readonly string[]): number {
  if (lineAt(lines, 0).trimEnd() !== '---') return 0;
  const horizon = Math.min(lines.length, 100);
  for (let at = 1; at < horizon; at += 1) {
    const line = lineAt(lines, at);
    if (/^(---|\.\.\.)\s*$/.test(line)) return at + 1;
    if (fenceOf(line) !== null || markerOf(line) !== null || almostBlock(lines, at) !== null) return 0;
    if (!/^(\s*#|\s*$|\s*-\s|\s+\S|[\w-]+\s*:)/.test(line)) return 0;
  }
  return 0;
}
