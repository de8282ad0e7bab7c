import type pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import type { Lease } from '../../domain/task.ts';
import type { WriteTransaction } from '../../ports/ledger.ts';
import { inTransaction } from './in-transaction.ts';
import { oftenSent } from './often-sent.ts';
import { settleTasks } from './settle-tasks.ts';

/**
 * A common table expression that locks the paths $1, in the order of their keys: two tasks can wait for each other but
 * never deadlock.
 */
export const lockPaths = `paths as materialized (
  select pg_advisory_xact_lock(key)
  from (select distinct hashtextextended(path, 0) as key from unnest($1::text[]) as path order by key) as keys
)`;

/** Locks the paths and then the task's row as it is after the waiting, if it is still ours. */
const lockSql = `
with ${lockPaths}
select id from jr_work_queue
where (select count(*) from paths) >= 0
  and id = $2 and lease_epoch = $3 and status = 'in_progress' and lease_expires_at > $4
for update`;

/** A transaction around writing files and settling the task. See the port for the contract. */
export async function writeUnderLease(
  pool: pg.Pool,
  lease: Lease,
  paths: readonly string[],
  now: Date,
  work: (transaction: WriteTransaction) => Promise<void>,
): Promise<void> {
  await inTransaction(pool, async client => {
    const { rows } = await client.query<{ id: number }>(
      oftenSent('write_under_lease', lockSql, [paths, lease.taskId, lease.epoch, now]),
    );
    if (rows.length === 0) throw leaseLost(lease);
    await work({
      settle: async (settlement, at) => {
        const held = await settleTasks(client, [settlement], at);
        // Cannot happen while we hold the row; if it does, nothing may be committed.
        if (!held.has(lease.taskId)) throw leaseLost(lease);
      },
    });
  });
}

function leaseLost({ taskId, epoch }: Lease): JrError {
  return new JrError(
    'LEASE_LOST',
    `Task ${taskId} is no longer held under epoch ${epoch}: its lease ran out or somebody took it over. This attempt writes nothing.`,
  );
}
