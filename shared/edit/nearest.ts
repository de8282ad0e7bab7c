import type { NearestPlace } from '../domain/failure.ts';
import { hunkLines } from './diff.ts';
import { keptLines } from './kept-lines.ts';

const mostFileLines = 60_000;
const mostSearchLines = 400;

/** The place in a file that comes closest to a SEARCH text; null when nothing in it is alike. */
export function nearestPlace(file: readonly string[], search: readonly string[]): NearestPlace | null {
  if (
    file.length === 0 ||
    search.length === 0 ||
    file.length > mostFileLines ||
    search.length > mostSearchLines
  )
    return null;
  const start = bestWindow(file, search);
  if (start < 0) return null;
  const end = Math.min(file.length, start + search.length);
  const found = file.slice(start, end);
  const similarity = alike(search, found);
  if (similarity < 0.2) return null;
  const diff = hunkLines(search, found, 3, 40).join('\n');
  return { line: start + 1, endLine: end, similarity: Math.round(similarity * 100) / 100, diff };
}

/** Where the window begins that shares most lines with the search, or else the line most like its longest one. */
function bestWindow(file: readonly string[], search: readonly string[]): number {
  const weights = new Map<string, number>();
  for (const line of search) {
    const key = line.trim();
    if (key !== '') weights.set(key, Math.min(key.length, 40) + 1);
  }
  const scores = file.map(line => weights.get(line.trim()) ?? 0);
  const width = Math.min(search.length, file.length);
  let sum = 0;
  let best = 0;
  let bestAt = -1;
  for (let at = 0; at < scores.length; at += 1) {
    sum += (scores[at] ?? 0) - (at >= width ? (scores[at - width] ?? 0) : 0);
    if (sum > best) {
      best = sum;
      bestAt = Math.max(0, at - width + 1);
    }
  }
  if (bestAt >= 0) return align(file, search, bestAt);
  return mostAlikeLine(file, search);
}

/** Moves a window so that its first shared line stands where the search has it. */
function align(file: readonly string[], search: readonly string[], from: number): number {
  const keys = search.map(line => line.trim());
  for (let at = from; at < Math.min(file.length, from + search.length); at += 1) {
    const key = file[at]?.trim() ?? '';
    if (key === '') continue;
    const offset = keys.indexOf(key);
    if (offset >= 0) return Math.max(0, Math.min(at - offset, Math.max(0, file.length - search.length)));
  }
  return from;
}

function mostAlikeLine(file: readonly string[], search: readonly string[]): number {
  let offset = 0;
  search.forEach((line, at) => {
    if (line.trim().length > (search[offset]?.trim().length ?? 0)) offset = at;
  });
  const wanted = pairs(search[offset] ?? '');
  let best = 0.3;
  let bestAt = -1;
  file.forEach((line, at) => {
    if (line.length > 2000 || line.trim() === '') return;
    const score = dice(wanted, pairs(line));
    if (score > best) {
      best = score;
      bestAt = at;
    }
  });
  return bestAt < 0 ? -1 : Math.max(0, bestAt - offset);
}

/** 0 (nothing in common) to 1 (equal): lines in common count fully, lines across from each other by their letters. */
function alike(a: readonly string[], b: readonly string[]): number {
  const kept = keptLines(a, b);
  let sum = 0;
  let weight = 0;
  const taken = new Set<number>();
  const loose: string[] = [];
  b.forEach((line, at) => {
    const from = kept[at] ?? -1;
    if (from < 0) loose.push(line);
    else {
      taken.add(from);
      sum += line.length + 1;
      weight += line.length + 1;
    }
  });
  const left = a.filter((_, at) => !taken.has(at));
  for (let at = 0; at < Math.max(left.length, loose.length); at += 1) {
    const mine = left[at] ?? '';
    const theirs = loose[at] ?? '';
    const size = Math.max(mine.length, theirs.length) + 1;
    weight += size;
    sum += size * dice(pairs(mine), pairs(theirs));
  }
  return weight === 0 ? 0 : sum / weight;
}

function pairs(line: string): Map<string, number> {
  const text = line.trim().slice(0, 400);
  const counts = new Map<string, number>();
  for (let at = 0; at < text.length - 1; at += 1) {
    const pair = text.slice(at, at + 2);
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

function dice(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  let total = 0;
  for (const [pair, count] of a) {
    common += Math.min(count, b.get(pair) ?? 0);
    total += count;
  }
  for (const count of b.values()) total += count;
  return total === 0 ? 0 : (2 * common) / total;
}
