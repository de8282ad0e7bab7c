import type { CouncilVote, ResolutionStatus } from '../domain/intervention.ts';
import type { Level } from '../domain/ladder.ts';
import type { TaskStatus } from '../domain/task.ts';
import type { TaskDetail } from './ledger-view.ts';

/** The counts of the old `get_dlq_summary`, and of what was abandoned. Of the escalated, only what is still open counts. */
export interface DlqSummary {
  readonly unresolved: number;
  readonly retrying: number;
  readonly escalated_tpm: number;
  readonly escalated_council: number;
  readonly resolved: number;
  readonly abandoned: number;
}

/** The columns of `jr_failed_tasks_dlq` with the task's title and status, times as ISO 8601. */
export interface EntryView {
  readonly id: number;
  readonly original_task_id: number;
  readonly title: string;
  readonly task_status: TaskStatus;
  readonly failure_reason: string;
  readonly step_number: number | null;
  readonly error_code: string | null;
  readonly error_class: string | null;
  readonly retry_count: number;
  readonly max_retries: number;
  readonly escalation_level: Level;
  readonly assigned_escalation_target: string | null;
  readonly resolution_status: ResolutionStatus;
  readonly resolution_notes: string | null;
  readonly next_retry_timestamp: string | null;
  readonly last_retry_timestamp: string | null;
  readonly raised_at: string | null;
  readonly notified_at: string | null;
  readonly resolved_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** An entry with all that is known of its task: attempts, steps and the plan's problems are in `task`. */
export interface EntryDetail extends EntryView {
  readonly failure_traceback: string | null;
  /** In the order they were cast. */
  readonly votes: readonly {
    readonly voter: string;
    readonly vote: CouncilVote;
    readonly reason: string | null;
    readonly voted_at: string;
  }[];
  /** Other entries of the task, the newest first. */
  readonly other_entries: readonly EntryView[];
  /** What replays changed of the task: version 1 is as it was handed in. Empty when none changed anything. */
  readonly revisions: readonly {
    readonly version: number;
    readonly assigned_jr: string | null;
    readonly parameters: Readonly<Record<string, unknown>>;
    readonly changed_by: string | null;
    readonly reason: string | null;
    readonly changed_at: string;
  }[];
  /** How often the task was put back; drains stop at a cap. */
  readonly replay_count: number;
  /** The drain that took it, if one did. */
  readonly drain_run_id: number | null;
  readonly task: TaskDetail;
}

export interface EntryFilter {
  /** Null for every level. */
  readonly level: Level | null;
  /** Empty for every status. */
  readonly statuses: readonly ResolutionStatus[];
  readonly limit: number;
}

/** Reading the dead letter queue, for the command line. */
export interface DlqView {
  summary(): Promise<DlqSummary>;
  /** The newest first. */
  listEntries(filter: EntryFilter): Promise<readonly EntryView[]>;
  getEntry(id: number): Promise<EntryDetail | null>;
}
