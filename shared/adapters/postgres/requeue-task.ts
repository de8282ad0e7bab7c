import type pg from 'pg';

/**
 * What becomes of the entry and of the task that is run again: the entry ends and the task waits, as it did before its
 * first attempt. The epoch moves on, so that whatever still thinks it holds the task is fenced (invariant 3); not
 * dispatched, so that a sweep rings if the caller cannot. $2 is now, $3 the note.
 */
export const requeuedEntry = `resolution_status = 'resolved', resolution_notes = $3, resolved_at = $2,
      next_retry_timestamp = null, updated_at = $2`;
export const requeuedTask = `
    status = case when w.assigned_jr is null then 'pending' else 'assigned' end, status_message = $3, error_message = null,
    progress_percent = 0, started_at = null, dispatched_at = null, lease_epoch = w.lease_epoch + 1,
    replay_count = w.replay_count + 1, updated_at = $2`;

const requeueTaskSql = `
with entry as (
  update jr_failed_tasks_dlq set ${requeuedEntry}
  where original_task_id = $1 and resolution_status in ('unresolved', 'retrying')
)
update jr_work_queue w set ${requeuedTask} where w.id = $1`;

/** Puts a task back among those that wait. The caller holds its lock and has seen that it failed or is blocked. */
export async function requeueTask(
  client: pg.PoolClient,
  taskId: number,
  note: string,
  now: Date,
): Promise<void> {
  await client.query(requeueTaskSql, [taskId, now, note]);
}
