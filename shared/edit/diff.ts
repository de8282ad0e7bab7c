import { byteText } from './bytes.ts';
import { keptLines } from './kept-lines.ts';

export interface DiffOptions {
  /** Unchanged lines shown around a change; 3 when left out. */
  readonly context?: number;
  /** Lines of output at most; the rest is counted in one closing line. 2,000 when left out. */
  readonly maxLines?: number;
}

type Op = { readonly sign: ' ' | '-' | '+'; readonly text: string };

/**
 * A unified diff in git's form. `before` is null for a creation. Empty when the bytes are the same. Work and output are
 * bounded: beyond the bounds a stretch of lines counts as replaced, which is still a true diff.
 */
export function unifiedDiff(
  path: string,
  before: Uint8Array | null,
  after: Uint8Array,
  options: DiffOptions = {},
): string {
  const old = before === null ? [] : diffLines(before);
  const fresh = diffLines(after);
  const hunks = hunkLines(old, fresh, options.context ?? 3, options.maxLines ?? 2000, true);
  if (hunks.length === 0 && before !== null) return '';
  const head = [`diff --git a/${path} b/${path}`];
  if (before === null) head.push('new file mode 100644');
  if (hunks.length > 0) head.push(before === null ? '--- /dev/null' : `--- a/${path}`, `+++ b/${path}`);
  return `${[...head, ...hunks].join('\n')}\n`;
}

const noNewline = '\n\\ No newline at end of file';

/** Lines of a file as a diff shows them: only LF ends one, a CR stays, a missing final newline is said. */
function diffLines(bytes: Uint8Array): string[] {
  const { text } = byteText(bytes);
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, last + noNewline];
}

/** The hunks of a diff as lines; with `@@` headers when `numbered`. */
export function hunkLines(
  before: readonly string[],
  after: readonly string[],
  context: number,
  maxLines: number,
  numbered = false,
): string[] {
  const ops = operations(before, after);
  const shown: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let at = 0;
  while (at < ops.length) {
    if (ops[at]?.sign === ' ') {
      at += 1;
      oldLine += 1;
      newLine += 1;
      continue;
    }
    const from = Math.max(0, at - context);
    let to = at;
    let quiet = 0;
    for (let next = at; next < ops.length && quiet <= 2 * context; next += 1) {
      if (ops[next]?.sign === ' ') quiet += 1;
      else {
        quiet = 0;
        to = next;
      }
    }
    const end = Math.min(ops.length, to + 1 + context);
    const hunk = ops.slice(from, end);
    const lead = at - from;
    const oldCount = hunk.filter(op => op.sign !== '+').length;
    const newCount = hunk.filter(op => op.sign !== '-').length;
    if (numbered) shown.push(`@@ -${range(oldLine - lead, oldCount)} +${range(newLine - lead, newCount)} @@`);
    for (const op of hunk) shown.push(op.sign + op.text);
    oldLine += oldCount - lead;
    newLine += newCount - lead;
    at = end;
    if (shown.length > maxLines) {
      const more = shown.length - maxLines + ops.slice(end).filter(op => op.sign !== ' ').length;
      return [...shown.slice(0, maxLines), `... ${more} more lines`];
    }
  }
  return shown;
}

function range(line: number, count: number): string {
  if (count === 0) return `${line - 1},0`;
  return count === 1 ? `${line}` : `${line},${count}`;
}

function operations(before: readonly string[], after: readonly string[]): Op[] {
  const kept = keptLines(before, after);
  const ops: Op[] = [];
  let old = 0;
  let fresh: Op[] = [];
  // Removed lines come before the added ones of their place.
  const place = (until: number): void => {
    for (; old < until; old += 1) ops.push({ sign: '-', text: before[old] ?? '' });
    for (const op of fresh) ops.push(op);
    fresh = [];
  };
  after.forEach((text, at) => {
    const from = kept[at] ?? -1;
    if (from < 0) {
      fresh.push({ sign: '+', text });
      return;
    }
    place(from);
    ops.push({ sign: ' ', text });
    old += 1;
  });
  place(before.length);
  return ops;
}
