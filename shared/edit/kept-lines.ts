/** Above this many comparisons a block is not compared line by line: only what is equal at its ends is kept. */
const mostSteps = 250_000;

/**
 * For each line of `after` the index of the line of `before` that it is, or -1 for a new one. The longest common
 * subsequence, found forward (Myers), bounded; equal lines at both ends always count as kept.
 */
export function keptLines(before: readonly string[], after: readonly string[]): number[] {
  const kept = after.map(() => -1);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) {
    kept[head] = head;
    head += 1;
  }
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) {
    kept[after.length - 1 - tail] = before.length - 1 - tail;
    tail += 1;
  }
  const n = before.length - head - tail;
  const m = after.length - head - tail;
  if (haveOneInCommon(before.slice(head, head + n), after.slice(head, head + m)))
    middle(before, after, head, n, m, kept);
  return kept;
}

/** So many lines are looked through in less time than it takes to make a set of them. */
const few = 8;

/** Where they do not, as in most edits of few lines, there is nothing to search for. */
function haveOneInCommon(before: readonly string[], after: readonly string[]): boolean {
  if (before.length === 0 || after.length === 0) return false;
  if (before.length <= few) return after.some(line => before.includes(line));
  const old = new Set(before);
  return after.some(line => old.has(line));
}

/** Myers' greedy search with the frontier of every round remembered, for the lines between the equal ends. */
function middle(
  before: readonly string[],
  after: readonly string[],
  head: number,
  n: number,
  m: number,
  kept: number[],
): void {
  const most = n + m;
  const size = 2 * most + 2;
  const far = new Int32Array(size);
  const rounds: Int32Array[] = [];
  let work = 0;
  for (let d = 0; d <= most; d += 1) {
    rounds.push(far.slice(most - d, most + d + 2));
    work += 2 * d + 2;
    if (work > mostSteps) return;
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (far[most + k - 1] ?? 0) < (far[most + k + 1] ?? 0));
      let x = down ? (far[most + k + 1] ?? 0) : (far[most + k - 1] ?? 0) + 1;
      let y = x - k;
      while (x < n && y < m && before[head + x] === after[head + y]) {
        x += 1;
        y += 1;
      }
      far[most + k] = x;
      if (x >= n && y >= m) {
        walkBack(rounds, d, n, m, (i, j) => {
          kept[head + j] = head + i;
        });
        return;
      }
    }
  }
}

function walkBack(
  rounds: readonly Int32Array[],
  d: number,
  n: number,
  m: number,
  keep: (i: number, j: number) => void,
): void {
  let x = n;
  let y = m;
  for (let round = d; round >= 0 && (x > 0 || y > 0); round -= 1) {
    const far = rounds[round];
    const at = (k: number): number => far?.[k + round] ?? 0;
    const k = x - y;
    const down = round === 0 ? false : k === -round || (k !== round && at(k - 1) < at(k + 1));
    const previous = down ? k + 1 : k - 1;
    const fromX = round === 0 ? 0 : at(previous);
    const fromY = round === 0 ? 0 : fromX - previous;
    const startX = round === 0 ? 0 : down ? fromX : fromX + 1;
    while (x > startX && y > 0) {
      x -= 1;
      y -= 1;
      keep(x, y);
    }
    x = fromX;
    y = fromY;
  }
}
