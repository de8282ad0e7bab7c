import type pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import type { Lease } from '../../domain/task.ts';
import type { LeasedWrite, Settlement, WriteTransaction } from '../../ports/ledger.ts';
import { isLockTimeout } from './each-by-itself.ts';
import { isRunning } from './found-by-id.ts';
import { inTransaction } from './in-transaction.ts';
import { oftenSent } from './often-sent.ts';
import { settleTasks } from './settle-tasks.ts';
import { toJson } from './to-json.ts';

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

/** Locks of several tasks those whose paths and row nobody else has: who would have to wait is left out. */
const lockFreeSql = `
with wanted as materialized (
  select task_id, epoch, bool_and(pg_try_advisory_xact_lock(hashtextextended(path, 0))) as free
  from json_to_recordset($1::json) as x(task_id bigint, epoch bigint, paths text[]), unnest(paths) as path
  group by task_id, epoch
)
select w.id from wanted join jr_work_queue w on w.id = wanted.task_id and w.lease_epoch = wanted.epoch
where w.id = any($3::bigint[]) and wanted.free and ${isRunning} and w.lease_expires_at > $2
for update of w skip locked`;

/** A transaction around writing files and settling their tasks. See the port for the contract. */
export async function writeUnderLease(
  pool: pg.Pool,
  writes: readonly LeasedWrite[],
  now: Date,
  work: (transaction: WriteTransaction) => Promise<void>,
): Promise<void> {
  await inTransaction(pool, async client => {
    const held = await lock(client, writes, now);
    await work({
      held,
      settle: async (settlements, at) => {
        const settled = await settleTasks(client, settlements, at).catch((error: unknown) => {
          throw isLockTimeout(error) ? kept(settlements) : error;
        });
        // Cannot happen while we hold the rows; if it does, nothing may be committed.
        for (const { lease } of settlements) if (!settled.has(lease.taskId)) throw leaseLost(lease);
      },
    });
  });
}

async function lock(
  client: pg.PoolClient,
  writes: readonly LeasedWrite[],
  now: Date,
): Promise<ReadonlySet<number>> {
  const [write, ...others] = writes;
  if (write === undefined || others.length > 0) {
    const wanted = writes.map(({ lease, paths }) => ({ task_id: lease.taskId, epoch: lease.epoch, paths }));
    const { rows } = await client.query<{ id: number }>(
      oftenSent('lock_free_writes', lockFreeSql, [toJson(wanted), now, wanted.map(({ task_id }) => task_id)]),
    );
    return new Set(rows.map(({ id }) => id));
  }
  const { lease, paths } = write;
  const statement = oftenSent('write_under_lease', lockSql, [paths, lease.taskId, lease.epoch, now]);
  const { rows } = await client.query<{ id: number }>(statement).catch((error: unknown) => {
    throw isLockTimeout(error) ? busy(write) : error;
  });
  if (rows.length === 0) throw leaseLost(lease);
  return new Set([lease.taskId]);
}

function busy({ lease, paths }: LeasedWrite): JrError {
  return new JrError(
    'FILE_BUSY',
    `Task ${lease.taskId} waited too long for ${paths.join(', ')}: another one is being written there. It is tried again.`,
  );
}

/** Of an entry, or of a task that waits for one of these: their own rows are ours. */
function kept(settlements: readonly Settlement[]): JrError {
  const ids = settlements.map(({ lease }) => lease.taskId);
  return new JrError(
    'FILE_BUSY',
    `The files of ${ids.join(', ')} are written, but somebody keeps a row locked that the end of these tasks changes. It is tried again.`,
  );
}

function leaseLost({ taskId, epoch }: Lease): JrError {
  return new JrError(
    'LEASE_LOST',
    `Task ${taskId} is no longer held under epoch ${epoch}: its lease ran out or somebody took it over. This attempt writes nothing.`,
  );
}
