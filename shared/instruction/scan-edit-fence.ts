import { almostBlock } from './almost.ts';
import { commentText, isStray, opensNextEdit } from './edit-fence.ts';
import { type FenceLine, fenceOf, languageOf } from './fence.ts';
import { isBlank, lineAt } from './lines.ts';
import { malformed, markerOf, readMarkedBlock } from './marker.ts';
import type { BrokenPart, EditPart, Part } from './parts.ts';

/** A fence of SEARCH/REPLACE blocks. Text before a block may name its file (`# File: x.py`). */
export function scanEditFence(
  lines: readonly string[],
  at: number,
  opening: FenceLine,
  parts: Part[],
): number {
  const { info } = opening;
  const language = languageOf(info);
  const found: InnerPart[] = [];
  let next = at + 1;
  let from = at;
  let close = -1;
  let behindEdit = false;
  while (next < lines.length) {
    const line = lineAt(lines, next);
    const fence = fenceOf(line);
    if (fence !== null) {
      const closes = fence.info === '' && fence.char === opening.char && fence.width >= opening.width;
      // A bare fence right above a SEARCH marker opens the next fence: this one was never closed.
      if (closes && !(found.length > 0 && opensNextEdit(lines, next))) close = next;
      break;
    }
    if (markerOf(line)?.kind === 'search') {
      const block = readMarkedBlock(lines, next, lines.length);
      const fenced = block.ok ? block.end : Math.min(block.end, endOfBroken(lines, opening, next, block.end));
      if (block.ok) {
        const { search, replace, repeatedDivider } = block;
        found.push({ kind: 'edit', at: from, end: fenced, info, language, search, replace, repeatedDivider });
      } else
        found.push({ kind: 'broken', at: from, end: fenced, language, reason: malformed(block.problem) });
      next = fenced + 1;
      from = next;
      behindEdit = block.ok;
      continue;
    }
    if (/^#{2,6}\s/.test(line) && isBlank(lineAt(lines, next - 1))) break; // A heading: the fence was left open.
    const almost = almostBlock(lines, next);
    if (almost !== null) {
      found.push({ kind: 'broken', at: from, end: almost.end, language, reason: almost.problem });
      next = almost.end + 1;
      from = next;
      behindEdit = false;
      continue;
    }
    const stray = behindEdit && isStray(line);
    if (!isBlank(line)) found.push({ kind: 'text', at: next, text: commentText(line), stray });
    next += 1;
    if (stray) from = next;
  }
  const inner = close < 0 ? found : withStrays(found, language);
  const last = inner.findLastIndex(part => part.kind !== 'text');
  const resume = close < 0 ? lastEnd(inner, at) + 1 : close + 1;
  const unclosed = `The fence around this block is never closed. Close it with a line of ${opening.width} ${opening.char === '~' ? 'tildes' : 'backticks'} after the >>>>>>> REPLACE line.`;
  if (last < 0) parts.push({ kind: 'broken', at, end: resume - 1, language, reason: unclosed });
  inner.forEach((part, index) => {
    if (part.kind === 'text') parts.push(part);
    else if (close < 0)
      parts.push({
        kind: 'broken',
        at: part.at,
        end: part.end,
        language,
        reason: part.kind === 'broken' ? part.reason : unclosed,
      });
    else parts.push(index === last ? { ...part, end: close } : part);
  });
  return resume;
}

type InnerPart =
  | EditPart
  | BrokenPart
  /** `stray`: it stands behind a block and is neither part of one nor a remark. */
  | { readonly kind: 'text'; readonly at: number; readonly text: string; readonly stray: boolean };

/** With what strays behind a block, up to the next one, as one malformed part. */
function withStrays(found: readonly InnerPart[], language: string | null): InnerPart[] {
  const parts: InnerPart[] = [];
  let first = -1;
  for (const part of found) {
    if (part.kind !== 'text') first = -1;
    else if (part.stray) {
      if (first < 0) first = parts.length;
      const at = parts[first]?.at ?? part.at;
      parts.splice(first, parts.length, { kind: 'broken', at, end: part.at, language, reason: strays });
      continue;
    }
    parts.push(part);
  }
  return parts;
}

const strays =
  'This stands behind a >>>>>>> REPLACE line in the same fence and is part of no block. Move it into the REPLACE text, into a block of its own, or out of the fence.';

function lastEnd(inner: readonly InnerPart[], at: number): number {
  return inner.reduce((end, part) => (part.kind === 'text' ? end : part.end), at);
}

/** A malformed block in a fence ends above the line that closes the fence. */
function endOfBroken(lines: readonly string[], { width }: FenceLine, from: number, end: number): number {
  for (let at = from + 1; at <= end; at += 1) {
    const fence = fenceOf(lineAt(lines, at));
    if (fence !== null && fence.info === '' && fence.width >= width) return at - 1;
  }
  return end;
}
