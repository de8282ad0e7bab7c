import type pg from 'pg';
import { endUnended } from './attempt-rows.ts';

/**
 * The task, its open entry and the attempt that runs end together. A task that ended while its entry stayed open, by
 * somebody's SQL, keeps its end: only the entry is closed (invariant 11). The checkpoint stays until what it stands for
 * has been put back. Answers whether there is one.
 */
const cancelTaskSql = `
with before as (
  select * from jr_work_queue where id = $1
), task as (
  update jr_work_queue
  set status = 'cancelled', status_message = $3, lease_epoch = lease_epoch + 1, lease_expires_at = null, updated_at = $2
  where id = $1 and status not in ('completed', 'cancelled')
), entry as (
  update jr_failed_tasks_dlq
  set resolution_status = $4, resolution_notes = $3, resolved_at = $2, next_retry_timestamp = null, updated_at = $2
  where original_task_id = $1 and resolution_status in ('unresolved', 'retrying')
), attempt as (${endUnended('before', 'interrupted', '$2', '$3', `w.status not in ('completed', 'cancelled')`)}
)
select exists (select 1 from jr_task_checkpoints where task_id = $1) as half_written`;

/**
 * Cancels a task whose lock the caller holds; its entry, if one is open, ends as said. Answers whether files may be
 * half-written by it: they are put back when its bell is rung.
 */
export async function cancelTask(
  client: pg.PoolClient,
  taskId: number,
  entryEnds: 'resolved' | 'abandoned',
  note: string,
  now: Date,
): Promise<boolean> {
  const { rows } = await client.query<{ half_written: boolean }>(cancelTaskSql, [
    taskId,
    now,
    note,
    entryEnds,
  ]);
  return rows[0]?.half_written ?? false;
}
