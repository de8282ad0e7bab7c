import type pg from 'pg';

/**
 * The task, its open entry, the attempt that runs and what a later one would have needed end together. A task that ended
 * while its entry stayed open, by somebody's SQL, keeps its end: only the entry is closed (invariant 11).
 */
const cancelTaskSql = `
with task as (
  update jr_work_queue
  set status = 'cancelled', status_message = $3, lease_epoch = lease_epoch + 1, lease_expires_at = null, updated_at = $2
  where id = $1 and status not in ('completed', 'cancelled')
), entry as (
  update jr_failed_tasks_dlq
  set resolution_status = $4, resolution_notes = $3, resolved_at = $2, next_retry_timestamp = null, updated_at = $2
  where original_task_id = $1 and resolution_status in ('unresolved', 'retrying')
), attempt as (
  update jr_task_attempts set outcome = 'interrupted', ended_at = $2, error_message = $3
  where task_id = $1 and outcome is null
)
delete from jr_task_checkpoints where task_id = $1`;

/** Cancels a task whose lock the caller holds; its entry, if one is open, ends as said. */
export async function cancelTask(
  client: pg.PoolClient,
  taskId: number,
  entryEnds: 'resolved' | 'abandoned',
  note: string,
  now: Date,
): Promise<void> {
  await client.query(cancelTaskSql, [taskId, now, note, entryEnds]);
}
