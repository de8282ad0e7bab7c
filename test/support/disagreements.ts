import type pg from 'pg';

/** One place where the ledger contradicts itself, by the task it is about. */
export interface Disagreement {
  readonly task_id: number;
  readonly status: string;
  /** The statuses of the task's entries, in the order they were made. */
  readonly entries: string[];
  /** The outcomes of its ended attempts, in order. */
  readonly attempts: string[];
  readonly wrong: string;
}

/**
 * Task, entry and attempt as invariant 8 wants them: a failed or blocked task has exactly one open entry (none while it
 * is blocked only until its parent is completed), an ended one none, any other none or the one it is being retried for;
 * each attempt of a task that has not ended has a row but for the one that runs, which has the lease. A task that
 * somebody set to running by SQL has no lease and no attempt.
 */
const disagreementsSql = `
with tasks as (
  select w.id as task_id, w.status, w.attempt_count, w.lease_expires_at is not null as leased,
    array(select resolution_status from jr_failed_tasks_dlq d where d.original_task_id = w.id order by d.id) as entries,
    (select count(*) from jr_failed_tasks_dlq d
      where d.original_task_id = w.id and d.resolution_status = 'unresolved') as unresolved,
    (select count(*) from jr_failed_tasks_dlq d
      where d.original_task_id = w.id and d.resolution_status = 'retrying') as retrying,
    array(select outcome from jr_task_attempts a where a.task_id = w.id order by a.attempt) as attempts,
    w.status = 'blocked' and exists (select 1 from jr_work_queue p
      where p.id = w.parent_task_id and p.status not in ('completed', 'cancelled')) as for_parent
  from jr_work_queue w
), wrong as (
  select t.*, 'it needs exactly one open entry' as wrong from tasks t
  where status in ('failed', 'blocked') and unresolved + retrying <> 1 and not (for_parent and unresolved + retrying = 0)
  union all
  select t.*, 'nothing retries a blocked task' from tasks t where status = 'blocked' and retrying > 0
  union all
  select t.*, 'it waits or runs while its entry waits for a person' from tasks t
  where status in ('pending', 'assigned', 'in_progress') and (unresolved > 0 or retrying > 1)
  union all
  select t.*, 'it has ended and its entry has not' from tasks t
  where status in ('completed', 'cancelled') and unresolved + retrying > 0
  union all
  select t.*, 'it has begun other attempts than it has ended and runs' from tasks t
  where attempt_count <> cardinality(attempts) + leased::int and status not in ('completed', 'cancelled')
  union all
  select t.*, 'it holds a lease and does not run' from tasks t where status <> 'in_progress' and leased
  union all
  select t.*, format('entry %s is %s at level %s: next retry %s, target %s, resolved at %s', d.id, d.resolution_status,
    d.escalation_level, d.next_retry_timestamp, d.assigned_escalation_target, d.resolved_at)
  from tasks t join jr_failed_tasks_dlq d on d.original_task_id = t.task_id
  where (d.resolution_status = 'retrying') <> (d.next_retry_timestamp is not null)
    or (d.resolution_status in ('resolved', 'abandoned')) <> (d.resolved_at is not null)
    or (d.resolution_status = 'retrying' and (d.escalation_level > 1 or d.assigned_escalation_target is not null))
    or (d.resolution_status = 'unresolved'
      and d.assigned_escalation_target is distinct from case d.escalation_level when 2 then 'TPM' when 3 then 'Council' end)
)
select task_id, status, entries, attempts, wrong from wrong order by task_id, wrong`;

/** Every place where the tables disagree. Empty is what every test wants. */
export async function disagreements(pool: pg.Pool): Promise<Disagreement[]> {
  const { rows } = await pool.query<Disagreement>(disagreementsSql);
  return rows;
}
