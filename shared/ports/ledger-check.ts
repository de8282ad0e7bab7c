import type { RepairKind } from './health-ledger.ts';

/** What a person looks at in the ledger after an outage. Times as ISO 8601. */
export interface LedgerState {
  /** PostgreSQL's own, e.g. `18.4`. */
  readonly version: string;
  readonly waiting: number;
  readonly running: number;
  /** Said to be running for over an hour without a lease that lives: how many, and the first few, unleased ones first. */
  readonly stale: readonly StaleTask[];
  readonly stale_count: number;
  /** Running tasks whose lease has run out. */
  readonly expired_leases: number;
  /** When the bell was rung that is out longest for a task that waits; null when none is. */
  readonly oldest_bell_at: string | null;
  /** Since when people are asked who have not been told, about entries and alerts. */
  readonly untold_since: string | null;
  /** Messages of the last day that could not be tasks: how many, and the reason of the latest. */
  readonly rejected_count: number;
  readonly rejected_reason: string | null;
  readonly alerts: readonly FiringAlert[];
  /** When the service levels were measured last; null for never. */
  readonly measured_at: string | null;
}

interface StaleTask {
  readonly id: number;
  readonly title: string;
  readonly assigned_jr: string | null;
  readonly updated_at: string;
  /** Whether it had a lease, which a sweep takes back. */
  readonly leased: boolean;
}

interface FiringAlert {
  readonly scope: string;
  readonly name: string;
  readonly target: string;
  readonly summary: string;
  readonly next_action: string;
  readonly began_at: string;
}

export interface Disagreement {
  readonly kind: RepairKind;
  readonly task_ids: readonly number[];
}

/** The ledger as `jr doctor` looks at it. */
export interface LedgerCheck {
  state(now: Date): Promise<LedgerState>;
  /** Where task, entry and attempt disagree (invariant 8): what the health sweep would mend now. Changes nothing. */
  disagreements(now: Date): Promise<readonly Disagreement[]>;
  /**
   * The migrations of a folder that have not been applied.
   * @throws {Error} naming a migration that was changed, removed or comes too late
   */
  pendingMigrations(folder: string): Promise<readonly string[]>;
}
