import type { Failure, NearestPlace } from '../domain/failure.ts';
import type { TaskResult, TaskStatus } from '../domain/task.ts';

/** A task as people and programs see it: the columns of `jr_work_queue`, times as ISO 8601. */
export interface TaskView {
  readonly id: number;
  readonly task_key: string;
  readonly dedupe_key: string | null;
  readonly title: string;
  readonly status: TaskStatus;
  readonly status_message: string | null;
  readonly progress_percent: number;
  readonly assigned_jr: string | null;
  readonly priority: number;
  readonly sacred_fire_priority: number;
  readonly attempt_count: number;
  readonly error_message: string | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly updated_at: string;
  /** It is not begun before this time; null for one that may begin at once. */
  readonly not_before: string | null;
}

/** What is wrong with a task, in the names of `jr plan --json`. */
export interface ProblemView extends Omit<Failure, 'nearest'> {
  readonly nearest: (Omit<NearestPlace, 'endLine'> & { readonly end_line: number }) | null;
}

/** A task with everything the ledger knows of its execution. */
export interface TaskDetail extends TaskView {
  readonly instruction_file: string | null;
  /** The task that has to be completed before this one is begun. */
  readonly parent_task_id: number | null;
  /** Nothing of it is done before the Council has voted so. */
  readonly requires_council_approval: boolean;
  /** The open entry, by which it is retried or a person is asked. */
  readonly entry_id: number | null;
  /** When it is tried again by itself; null when that needs a person. */
  readonly next_retry_timestamp: string | null;
  /** What was done, or everything that is wrong. */
  readonly result: TaskResult | { readonly problems: readonly ProblemView[] } | null;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly outcome: string | null;
    readonly error_code: string | null;
    readonly error_message: string | null;
    readonly started_at: string;
    readonly ended_at: string | null;
  }[];
  /** There from the plan of an attempt until its files are whole again: all written, or put back. */
  readonly checkpoint: {
    readonly last_completed_step: number;
    readonly total_steps: number | null;
    /** How often its files were about to be put back, after nobody went on with the task. */
    readonly rollbacks: number;
    readonly updated_at: string;
  } | null;
  readonly steps: readonly {
    readonly step_number: number;
    readonly step_type: string;
    readonly target_file: string;
    readonly execution_result: string;
    readonly execution_time_ms: number | null;
    readonly error_detail: string | null;
    /** When it got this result. */
    readonly updated_at: string;
  }[];
}

export interface TaskOverview {
  readonly counts: Readonly<Partial<Record<TaskStatus, number>>>;
  /** The latest changed first. */
  readonly tasks: readonly TaskView[];
}

/** What became of a message: the task it made or found, the reason it was refused, or null while it is under way. */
export type MessageFate =
  | { readonly kind: 'task'; readonly taskId: number }
  | { readonly kind: 'rejected'; readonly reason: string }
  | null;

/** A message that could not be a task. */
export interface RejectedView {
  readonly message_id: string;
  readonly received_at: string;
  readonly reason: string;
  /** Its beginning. */
  readonly body: string;
  /** How long it was. */
  readonly body_bytes: number;
}

/** Reading the ledger, for the command line. */
export interface LedgerView {
  getTask(id: number): Promise<TaskDetail | null>;
  /** By the id of the message that brought a submission, or by its dedupe key for a duplicate. */
  findByMessage(messageId: string, dedupeKey: string | null): Promise<MessageFate>;
  /** The tasks of one status, or of all; the counts are always of all. */
  listTasks(limit: number, status: TaskStatus | null): Promise<TaskOverview>;
  /** The latest messages that were rejected, the latest first. */
  listRejected(limit: number): Promise<RejectedView[]>;
  /** Ends the connections. */
  close(): Promise<void>;
}
