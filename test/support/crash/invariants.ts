import assert from 'node:assert/strict';
import type pg from 'pg';

/** What may never be seen, at any moment between two invocations; each is a sentence about a task. */
const alwaysSql = `
with open_entries as (
  select original_task_id as task_id, count(*) as n from jr_failed_tasks_dlq
  where resolution_status in ('unresolved', 'retrying') group by original_task_id
)
select format('task %s is %s and has %s open entries (invariant 8)', w.id, w.status, coalesce(o.n, 0)) as broken
from jr_work_queue w left join open_entries o on o.task_id = w.id
where case when w.status = 'blocked' and w.parent_task_id is not null then coalesce(o.n, 0) > 1
           when w.status in ('failed', 'blocked') then coalesce(o.n, 0) <> 1
           when w.status in ('completed', 'cancelled') then coalesce(o.n, 0) <> 0
           else coalesce(o.n, 0) > 1 end
union all
select format('task %s went back from epoch %s to %s (invariant 3)', task_id, before, epoch) from (
  select *, lag(epoch) over (partition by task_id order by n) as before from task_history) h
where epoch < before
union all
select format('task %s was %s and is %s (invariant 11)', task_id, before, status) from (
  select *, lag(status) over (partition by task_id order by n) as before from task_history) h
where before in ('completed', 'cancelled') and status <> before
union all
select format('task %s was completed %s times (invariant 5)', task_id, count(*)) from task_history
where status = 'completed' group by task_id having count(*) > 1
union all
select format('task %s counts %s attempts, has ended %s and %s', w.id, w.attempt_count,
  (select count(*) from jr_task_attempts a where a.task_id = w.id),
  case when w.lease_expires_at is null then 'runs none' else 'runs one' end)
from jr_work_queue w
where w.attempt_count <> (select count(*) from jr_task_attempts a where a.task_id = w.id)
  + (w.lease_expires_at is not null)::int
union all
select format('task %s is %s with an attempt that did not end', w.id, w.status)
from jr_work_queue w where w.lease_expires_at is not null and w.status <> 'in_progress'
union all
select format('task %s has the attempts %s at epochs that do not grow', task_id, attempt) from (
  select *, lag(epoch) over (partition by task_id order by attempt) as before from (
    select task_id, attempt, epoch from jr_task_attempts
    union all select id, attempt_count, lease_epoch from jr_work_queue where lease_expires_at is not null) e) a
where epoch <= before
union all
select format('step %s of completed task %s is %s (invariant 7)', s.step_number, w.id, s.execution_result)
from jr_work_queue w join jr_step_rewards s on s.task_id = w.id
where w.status = 'completed' and s.execution_result <> 'success'
union all
select format('completed task %s keeps a checkpoint', w.id)
from jr_work_queue w join jr_task_checkpoints k on k.task_id = w.id where w.status = 'completed'`;

/**
 * Holds the ledger to what must always hold. Finishes with everything that is wrong, not with the first thing. Asked some
 * ten thousand times: planned once a connection.
 */
export async function assertLedgerHolds(pool: pg.Pool): Promise<void> {
  const { rows } = await pool.query<{ broken: string }>({ name: 'always', text: alwaysSql });
  assert.deepEqual(
    rows.map(({ broken }) => broken),
    [],
  );
}
