import { type Part, runParts } from '../../shared/flow/run-parts.ts';
import { announceAll } from './announce.ts';
import { continueDrains } from './continue-drains.ts';
import { removeAnswered } from './deadlines.ts';
import type { Dependencies } from './dependencies.ts';
import { raiseOverdue } from './raise-overdue.ts';
import { ringDue, ringHalfWritten } from './ring-due.ts';
import { foldBack } from './take-dead-letters.ts';

/** The parts in the order in which they run. */
const parts: Readonly<Record<string, Part<Dependencies>>> = {
  'fold back': foldBack,
  'raise overdue': raiseOverdue,
  'ring due': ringDue,
  'ring half-written': ringHalfWritten,
  'continue drains': continueDrains,
  announce: announceAll,
  'remove deadlines': removeAnswered,
};

/** What one sweep did. */
export interface SweepSummary {
  readonly folded: number;
  readonly rung: number;
  /** Rung so that what they left half-written is put back. */
  readonly half_written: number;
  /** Drains that nobody drove any more. */
  readonly drains_continued: number;
  readonly too_old: number;
  readonly unanswered: number;
  readonly notified: number;
  /** Alerts that people were told have begun or are over. */
  readonly alerted: number;
  readonly unpublished: number;
  /** Parts that failed: the log says why, and the next minute tries again. */
  readonly failed: readonly string[];
  /** Parts that were not begun for want of time. */
  readonly skipped: readonly string[];
}

const nothing: Omit<SweepSummary, 'failed' | 'skipped'> = {
  folded: 0,
  rung: 0,
  half_written: 0,
  drains_continued: 0,
  too_old: 0,
  unanswered: 0,
  notified: 0,
  alerted: 0,
  unpublished: 0,
};

/** The minute sweep of the ladder. Any of its parts may be lost or fail: the others do theirs. */
export async function sweep(remainingMs: () => number, deps: Dependencies): Promise<SweepSummary> {
  const { done, failed, skipped } = await runParts('dlq_retry', parts, remainingMs, deps);
  const counts: Record<string, number> = Object.assign({}, ...Object.values(done));
  const summary: SweepSummary = { ...nothing, ...counts, failed, skipped };
  deps.log.info('dlq_retry.sweep', { ...summary });
  return summary;
}
