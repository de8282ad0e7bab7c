import type { Category } from './category.ts';

/** What came of one golden task. */
export interface GoldenResult {
  readonly name: string;
  readonly ok: boolean;
  /** Everything that is not as expected; empty when it is. */
  readonly problems: readonly string[];
}

/** What came of all of them. `ok` is also true where there are none: `golden` says so. */
export interface Verification {
  readonly ok: boolean;
  readonly golden: readonly GoldenResult[];
}

/** A run in numbers. */
export interface RunCounts {
  readonly taken: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly batches: number;
}

/** What a run says at its end. */
export interface DrainReport extends RunCounts {
  /** Of what was tried; null when nothing was. */
  readonly success_rate: number | null;
  readonly duration_seconds: number;
  readonly open_before: number;
  readonly open_after: number;
  /** What is still open, by cause, with what to do about each. */
  readonly left: readonly Category[];
  /** When it looks again whether a category has come back; null when it does not. ISO 8601. */
  readonly looks_again_at: string | null;
}

/** Puts the report together. Times are of the run's beginning and end. */
export function reportOf(
  { taken, succeeded, failed, skipped, batches }: RunCounts,
  categories: { readonly before: readonly { readonly count: number }[]; readonly left: readonly Category[] },
  times: { readonly began: Date; readonly ended: Date; readonly looksAgainAt: Date | null },
): DrainReport {
  const sum = (list: readonly { readonly count: number }[]) => list.reduce((n, { count }) => n + count, 0);
  const tried = succeeded + failed;
  return {
    taken,
    succeeded,
    failed,
    skipped,
    batches,
    success_rate: tried === 0 ? null : succeeded / tried,
    duration_seconds: Math.round((times.ended.getTime() - times.began.getTime()) / 1000),
    open_before: sum(categories.before),
    open_after: sum(categories.left),
    left: categories.left,
    looks_again_at: times.looksAgainAt?.toISOString() ?? null,
  };
}

/** Which categories of a run came back, given what failed anew since. Only what it had retried can come back. */
export function recurrences(
  retried: readonly string[],
  since: readonly { readonly category: string; readonly count: number }[],
): { readonly category: string; readonly count: number }[] {
  return since.filter(({ category, count }) => count > 0 && retried.includes(category));
}
