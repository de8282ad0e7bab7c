import type { ClaimsState } from '../../shared/ports/claims-switch.ts';
import type { DlqSummary } from '../../shared/ports/dlq-view.ts';
import type { JrView } from '../../shared/ports/jr-registry.ts';
import type { Disagreement, LedgerState } from '../../shared/ports/ledger-check.ts';
import type { QueueDepth } from '../../shared/ports/surroundings.ts';

/** What was seen, or why it could not be. */
export type Seen<T> = { readonly value: T } | { readonly failure: string };

/** Everything that `jr doctor` judges by. */
export interface Facts {
  readonly now: Date;
  readonly ledger: Seen<LedgerState>;
  readonly migrations: Seen<readonly string[]>;
  readonly disagreements: Seen<readonly Disagreement[]>;
  readonly entries: Seen<DlqSummary>;
  readonly jrs: Seen<readonly JrView[]>;
  readonly claims: Seen<ClaimsState>;
  /** By the names of the queues, along the ladder: the tasks' own first. */
  readonly queues: readonly { readonly name: string; readonly depth: Seen<QueueDepth> }[];
  readonly schedules: Seen<readonly { readonly name: string; readonly enabled: boolean }[]>;
  readonly declaredSchedules: readonly string[];
  readonly functions: readonly { readonly name: string; readonly answer: Seen<null> }[];
  /** Null for a stage, whose file system cannot be seen from here. */
  readonly workspace: Seen<WorkspaceState> | null;
}

export interface WorkspaceState {
  readonly folder: string;
  /** The code of what the file system says of writing, such as EACCES, or ENOENT where it is not there. Null when it may be. */
  readonly refusal: string | null;
  readonly free_bytes: number;
  /** What crashes left half-done in it, and nobody has taken up for an hour. */
  readonly leftovers: readonly string[];
}
