import type pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import type { Lease } from '../../domain/task.ts';
import type { Restored } from '../../ports/workspace.ts';
import { inTransaction } from './in-transaction.ts';
import { lockPaths } from './write-under-lease.ts';

/** The claim that handed the task out for this raised its epoch: nobody else's write counts any more (invariant 3). */
const lockSql = `
with ${lockPaths}
select id from jr_work_queue where (select count(*) from paths) >= 0 and id = $2 and lease_epoch = $3 for update`;

/** Nothing is half-written any more: the checkpoint goes, and the steps say what became of them. */
const recordSql = `
with put_back as (
  update jr_step_rewards set execution_result = 'rolled_back', updated_at = $2
  where task_id = $1 and target_file = any($3::text[]) and execution_result <> 'failed'
), left_alone as (
  update jr_step_rewards
  set error_detail = 'FILE_CHANGED: written by an attempt that did not end, and changed by somebody since: left as it is.',
      updated_at = $2
  where task_id = $1 and target_file = any($4::text[])
)
delete from jr_task_checkpoints where task_id = $1`;

/** See the port for the contract. */
export async function rollBack(
  pool: pg.Pool,
  lease: Lease,
  paths: readonly string[],
  now: Date,
  work: () => Promise<Restored>,
): Promise<void> {
  await inTransaction(pool, async client => {
    const { rowCount } = await client.query(lockSql, [paths, lease.taskId, lease.epoch]);
    if (rowCount === 0) {
      throw new JrError(
        'LEASE_LOST',
        `Task ${lease.taskId} is no longer held under epoch ${lease.epoch}: somebody else puts it back.`,
      );
    }
    const { restored, changed } = await work();
    await client.query(recordSql, [lease.taskId, now, restored, changed]);
  });
}
