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

/** The tasks of `found` (id, error_code, why, happened) with the TPM: a person has to say what becomes of them (invariant 8). */
const ask = `told as (
  update jr_work_queue w
  set status_message = format('%s: waits for an approval', f.error_code), updated_at = $2,
      error_message = format('%s: %s', f.error_code, f.happened)
  from found f where w.id = f.id
)
insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
  assigned_escalation_target, resolution_status, raised_at, created_at, updated_at)
select id, why, error_code, 'approval', 2, 'TPM', 'unresolved', $2, $2, $2 from found
on conflict do nothing
returning original_task_id as id`;

/** Their parent will never be completed: whether they are to be done all the same is for a person to say. */
const askOrphansSql = `
with orphaned as (${children('cancelled')}
), found as (
  select id, 'PARENT_CANCELLED' as error_code, format('task %s, its parent, was cancelled.', parent_task_id) as happened,
    format('It waited for task %s, its parent, which was cancelled: approve it to have it done all the same, or abandon it.',
      parent_task_id) as why
  from orphaned
), ${ask}`;

/**
 * Tasks of which each waits for the next, in a circle, as only SQL can make them: the one with the smallest id of each,
 * for once it is done the others are freed one by one. Looked for from tasks whose parent came after them, which is
 * somewhere in every circle and nowhere else: a submission names a parent that is there.
 */
const askCirclesSql = `
with recursive upwards(start, id, parent_task_id) as (
  select w.id, w.id, w.parent_task_id from jr_work_queue w
  where w.status = 'blocked' and w.parent_task_id >= w.id
  union
  select u.start, p.id, p.parent_task_id from upwards u join jr_work_queue p on p.id = u.parent_task_id
  where p.status = 'blocked'
), first_of_circle as (
  select w.id from jr_work_queue w
  where w.status = 'blocked' and ${hasNoOpenEntry}
    and w.id in (select start from upwards where parent_task_id = start)
    and not exists (select 1 from upwards u where u.start = w.id and u.id < w.id)
  order by w.id limit $1
  for update of w skip locked
), found as (
  select id, 'PARENT_CIRCLE' as error_code, 'it waits for its parent, which waits for it.' as happened,
    'It waits for its parent, and that, itself or by its own parents, for this one, so that none of them ever begins: approve '
      'this one to have it done first, or abandon it.' as why
  from first_of_circle
), ${ask}`;

/** Lets blocked tasks go on whose parent has ended, or asks a person about them; `limit` of each. */
export async function freeChildren(pool: pg.Pool, now: Date, limit: number) {
  const freed = await pool.query<{ id: number }>(freeSql, [limit, now]);
  const orphans = await pool.query<{ id: number }>(askOrphansSql, [limit, now]);
  const circles = await pool.query<{ id: number }>(askCirclesSql, [limit, now]);
  const asked = [...orphans.rows, ...circles.rows].map(({ id }) => id);
  return { freed: freed.rows.map(({ id }) => id), asked };
}
