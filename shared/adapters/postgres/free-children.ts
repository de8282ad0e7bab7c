import type pg from 'pg';
import { goOnAfterParent, hasNoOpenEntry } from './parent-rows.ts';

/** Blocked tasks with a parent in a certain state, about which nobody is asked. */
const children = (parentStatus: string) => `
  select w.id, w.parent_task_id from jr_work_queue w join jr_work_queue p on p.id = w.parent_task_id
  where w.status = 'blocked' and p.status = '${parentStatus}' and ${hasNoOpenEntry}
  order by w.id limit $1
  for update of w skip locked`;

const freeSql = `
with freed as (${children('completed')})
update jr_work_queue w
set ${goOnAfterParent}
from freed where w.id = freed.id
returning w.id`;

/** Its parent will never be completed: whether it is to be done all the same is for a person to say (invariant 8). */
const askSql = `
with orphaned as (${children('cancelled')}
), told as (
  update jr_work_queue w
  set status_message = 'PARENT_CANCELLED: waits for an approval', updated_at = $2,
      error_message = format('PARENT_CANCELLED: task %s, its parent, was cancelled.', w.parent_task_id)
  from orphaned where w.id = orphaned.id
)
insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
  assigned_escalation_target, resolution_status, raised_at, created_at, updated_at)
select id, format('It waited for task %s, its parent, which was cancelled: approve it to have it done all the same, or abandon it.',
    parent_task_id), 'PARENT_CANCELLED', 'approval', 2, 'TPM', 'unresolved', $2, $2, $2
from orphaned
on conflict do nothing
returning original_task_id as id`;

/** Lets blocked tasks go on whose parent has ended, or asks a person about them; `limit` of each. */
export async function freeChildren(pool: pg.Pool, now: Date, limit: number) {
  const freed = await pool.query<{ id: number }>(freeSql, [limit, now]);
  const asked = await pool.query<{ id: number }>(askSql, [limit, now]);
  return { freed: freed.rows.map(({ id }) => id), asked: asked.rows.map(({ id }) => id) };
}
