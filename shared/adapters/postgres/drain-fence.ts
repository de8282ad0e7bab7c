import type pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import type { RunLease } from '../../ports/drain-ledger.ts';

/**
 * The head of every write of a run: `run` has its row while the lease $1, $2 holds, and none when somebody else drives it
 * by now (invariant 3). $3 is now. The row is locked, so two drivers come one after the other.
 */
export function fenced(assignments = ''): string {
  return `with run as (
  update jr_drain_runs set heartbeat_at = $3${assignments === '' ? '' : `, ${assignments}`}
  where id = $1 and lease_epoch = $2 and status = 'running'
  returning *
)`;
}

export function leaseValues({ runId, epoch }: RunLease, now: Date): unknown[] {
  return [runId, epoch, now];
}

/** Runs a fenced statement, whose rows all carry `held`. @throws {JrError} LEASE_LOST */
export async function fencedQuery<R extends pg.QueryResultRow>(
  db: pg.Pool | pg.PoolClient,
  sql: string,
  values: unknown[],
): Promise<R & { held: boolean }> {
  const { rows } = await db.query<R & { held: boolean }>(sql, values);
  const row = rows[0];
  if (row === undefined || !row.held) {
    throw new JrError(
      'LEASE_LOST',
      `Drain run ${String(values[0])} is driven by somebody else, or has ended.`,
    );
  }
  return row;
}
