import type { Notice } from '../domain/notice.ts';

/** The ledger as the sweep of the ladder needs it. Each method takes a bounded batch and skips what others hold. */
export interface LadderLedger {
  /**
   * Takes retries that are due since before `dueBefore` and were not rung since `rungBefore`, oldest first, and notes
   * that they are rung. Only failed tasks with entries made after `oldestEntry` (invariants 10 and 11).
   */
  takeDueRetries(request: {
    readonly now: Date;
    readonly dueBefore: Date;
    readonly rungBefore: Date;
    readonly oldestEntry: Date;
    readonly limit: number;
  }): Promise<number[]>;

  /**
   * Takes tasks that nobody goes on with and whose files may be half-written, and notes that they are rung: their bell
   * has what was written put back. Each time it is waited twice as long, up to an hour. What somebody has set to completed
   * by SQL counts as it is: it is taken once, and its bell clears its journal away.
   */
  takeHalfWritten(now: Date, limit: number): Promise<number[]>;

  /**
   * Raises to the TPM what is too old to fire by itself (entries made at `oldestEntry` or before), and to the Council
   * what the TPM left unanswered since `tpmDeadline`. Answers how many of each.
   */
  raiseOverdue(request: {
    readonly now: Date;
    readonly oldestEntry: Date;
    readonly tpmDeadline: Date;
    readonly limit: number;
  }): Promise<{ readonly tooOld: number; readonly unanswered: number }>;

  /** What people have not been told yet, oldest first, up to `limit` of each level. */
  unpublishedNotices(limit: number): Promise<Notice[]>;

  /**
   * Notes that a notice went out for an entry that is still at that level.
   * @param wakeUpAt when a one-time schedule wakes us up for its deadline; null when there is none
   */
  markNotified(entryId: number, level: number, now: Date, wakeUpAt: Date | null): Promise<void>;

  /** Takes the entries that were answered, and whose schedule is yet to be removed. */
  takeAnsweredWakeUps(limit: number): Promise<readonly number[]>;
}
