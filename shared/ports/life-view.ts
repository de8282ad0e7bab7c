import type { EntryDetail, EntryView } from './dlq-view.ts';
import type { TaskDetail } from './ledger-view.ts';

/** Everything the ledger knows of one task, for its timeline. Times as ISO 8601. */
export interface TaskLife {
  readonly task: TaskDetail & {
    readonly source: string | null;
    readonly created_by: string | null;
    readonly assigned_at: string | null;
  };
  /** All its entries, the oldest first. */
  readonly entries: readonly (EntryView & Pick<EntryDetail, 'votes'>)[];
  /** What people have let through, the oldest first. */
  readonly approvals: readonly {
    readonly approved_by: string;
    readonly reason: string;
    /** Empty for a task that was approved as a whole. */
    readonly error_codes: readonly string[];
    readonly approved_at: string;
  }[];
  /** The drain runs that took an entry of it, the oldest first. */
  readonly drains: readonly {
    readonly run_id: number;
    readonly entry_id: number;
    readonly operator: string;
    readonly reason: string;
    readonly state: string;
    readonly outcome: string | null;
    readonly claimed_at: string;
    readonly settled_at: string | null;
  }[];
  /** What replays changed of it, the first first; version 1, as it was handed in, is not among them. */
  readonly revisions: readonly {
    readonly version: number;
    readonly changed_by: string | null;
    readonly reason: string | null;
    readonly changed_at: string;
  }[];
}

/** Reading the life of a task, for the command line. */
export interface LifeView {
  getLife(taskId: number): Promise<TaskLife | null>;
}
