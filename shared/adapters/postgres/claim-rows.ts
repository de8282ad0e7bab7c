import type { Approval, Lease } from '../../domain/task.ts';
import type { Claims, StepEvidence } from '../../ports/ledger.ts';
import { type EntryJson, openEntry } from './entry-rows.ts';

/** What the claiming statement says of one of the tasks that it was asked for. */
export interface ClaimRow {
  id: number;
  task_key: string;
  title: string;
  instruction_file: string | null;
  instruction_content: string | null;
  parameters: Record<string, unknown>;
  lease_epoch: number;
  attempt_count: number;
  lease_expires_at: Date;
  /** The row 'backlog' says only that there is one; it has no id. */
  kind: 'claimed' | 'torn' | 'completed' | 'busy' | 'poison' | 'deferred' | 'crowded' | 'unknown' | 'backlog';
  poison: boolean;
  entry: EntryJson | null;
  evidence: StepEvidence[] | null;
  approvals: Approval[] | null;
}

/** Sorts the rows by what became of their tasks. */
export function toClaims(rows: readonly ClaimRow[]): Claims {
  const of = (kind: ClaimRow['kind']) => rows.filter(row => row.kind === kind);
  const busy = of('busy').map(row => ({ taskId: row.id, leaseExpiresAt: row.lease_expires_at }));
  const poison = of('poison').map(({ id }) => id);
  const deferred = of('deferred').map(({ id }) => id);
  const crowded = of('crowded').map(({ id }) => id);
  const backlog = of('backlog').length > 0;
  const tasks = of('claimed').map(row => ({
    lease: leaseOf(row),
    taskKey: row.task_key,
    title: row.title,
    instructionFile: row.instruction_file,
    instructionContent: row.instruction_content,
    parameters: row.parameters,
    evidence: row.evidence ?? [],
    approvals: row.approvals ?? [],
    entry: openEntry(row.entry),
  }));
  const completed = of('completed').map(row => ({ taskId: row.id, epoch: row.lease_epoch }));
  const unknown = of('unknown').map(({ id }) => id);
  const torn = of('torn').map(row => ({
    lease: leaseOf(row),
    poison: row.poison,
    evidence: row.evidence ?? [],
  }));
  return { tasks, busy, poison, deferred, crowded, torn, completed, unknown, backlog };
}

function leaseOf(row: ClaimRow): Lease {
  return {
    taskId: row.id,
    epoch: row.lease_epoch,
    attempt: row.attempt_count,
    expiresAt: row.lease_expires_at,
  };
}
