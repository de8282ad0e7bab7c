import type { ErrorClass, ErrorCode, Failure } from './failure.ts';
import type { EntryState } from './ladder.ts';

/** The states of a task (design section 6). */
export type TaskStatus =
  | 'pending'
  | 'assigned'
  | 'in_progress'
  | 'blocked'
  | 'completed'
  | 'failed'
  | 'cancelled';

/** The right to run one attempt of a task: the epoch fences every write, the time bounds it (invariant 3). */
export interface Lease {
  readonly taskId: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly expiresAt: Date;
}

/**
 * Whether nobody has had the task before, so that the ledger has neither steps nor a checkpoint of it. By the epoch, which
 * only ever grows: the number of the attempt is set back by SQL.
 */
export function isFirst({ epoch }: Lease): boolean {
  return epoch === 1;
}

/** What `result` of a completed task says: how much was done. Which files it is about `artifacts` says, and the steps. */
export interface TaskResult {
  readonly files_changed: number;
  readonly steps_total: number;
  readonly steps_applied: number;
  readonly steps_already_applied: number;
  readonly lines_added: number;
  readonly lines_removed: number;
  readonly duration_ms: number;
}

/** What the guards stopped of a plan (invariant 13), for a person to allow. Void as soon as the plan is another one. */
export interface Approval {
  readonly planHash: string;
  readonly errorCodes: readonly ErrorCode[];
}

/** How an attempt ended for its task. */
export type AttemptEnd =
  | {
      readonly outcome: 'completed';
      readonly result: TaskResult;
      /** The files of its plan. */
      readonly artifacts: readonly string[];
      readonly statusMessage: string;
    }
  | {
      readonly outcome: 'failed';
      readonly errorCode: ErrorCode;
      readonly errorClass: ErrorClass;
      /** The step that failed first, when it was one. */
      readonly stepNumber: number | null;
      /** Where the ladder takes the task from here. */
      readonly entry: EntryState;
      readonly maxRetries: number;
      readonly errorMessage: string;
      /** Everything that is wrong, for the author to mend in one go. */
      readonly problems: readonly Failure[];
      /** Given when a person could allow all of it: the task is `blocked` then and waits for that person. */
      readonly approvalNeeded: Approval | null;
    }
  /** Given back at no cost (invariant 9): the task waits again. */
  | {
      readonly outcome: 'interrupted';
      readonly statusMessage: string;
      /** When the bell is due that whoever gives it back rings for it; at once where nothing is said. */
      readonly ringAfterSeconds?: number;
    };
