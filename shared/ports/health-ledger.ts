export const repairKinds = [
  'entry_of_ended_task',
  'entry_of_waiting_task',
  'entry_malformed_retry',
  'entry_malformed_question',
  'entry_closed_without_time',
  'entry_missing',
  'question_missing',
  'attempt_left_open',
] as const;
/** A way in which task, entry and attempt can disagree. */
export type RepairKind = (typeof repairKinds)[number];

/** Rows that were deleted for their age. */
export interface Forgotten {
  readonly attempts: number;
  readonly steps: number;
  readonly entries: number;
  readonly rejected: number;
  /** The last task whose attempts were looked at, where those of others may be as old; else null. */
  readonly next: number | null;
}

/** The ledger as the health sweep looks after it. Every method takes a bounded batch and skips what others hold. */
export interface HealthLedger {
  /** Tasks whose lease has run out, the longest ago first; none while claims are paused (invariant 12). */
  expiredLeases(now: Date, limit: number): Promise<readonly number[]>;

  /**
   * Lets tasks go on that were set aside until their parent is completed, and asks the TPM about those whose parent
   * was cancelled. Answers both.
   */
  freeChildren(
    now: Date,
    limit: number,
  ): Promise<{ readonly freed: readonly number[]; readonly asked: readonly number[] }>;

  /** Mends rows that disagree in one way. Answers the tasks that they were about. Never touches what runs. */
  repair(kind: RepairKind, now: Date, limit: number): Promise<readonly number[]>;

  /** Tasks whose files were begun to be put back so often, and which are still half-written. */
  notPutBack(rollbacks: number, now: Date, limit: number): Promise<readonly number[]>;

  /** How many entries are open at each level of the ladder, from 0 to 3. */
  openByLevel(): Promise<readonly number[]>;

  /**
   * Deletes attempts and steps of ended tasks, closed entries and rejected submissions from before a time. At most `limit`
   * attempts are looked at, of the tasks that come after `afterTask`.
   */
  forget(before: Date, limit: number, afterTask: number): Promise<Forgotten>;
}
