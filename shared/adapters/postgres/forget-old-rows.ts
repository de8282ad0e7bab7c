import type pg from 'pg';
import type { Forgotten } from '../../ports/health-ledger.ts';

/**
 * What files have to be put back by is kept. The tasks themselves stay: people look for them, and a dedupe key holds for
 * ever. Attempts lie in the order of their tasks, so that the oldest are found without an index of their own; what is old
 * and still open is passed over.
 */
const attemptsSql = `
with looked as materialized (
  select task_id, started_at from jr_task_attempts where task_id > $3 order by task_id, attempt limit $2
), old as (
  select w.id from jr_work_queue w
  where w.id in (select task_id from looked where started_at < $1)
    and w.status in ('completed', 'cancelled') and w.updated_at < $1
    and not exists (select 1 from jr_task_checkpoints k where k.task_id = w.id)
  for update skip locked
), attempts as (
  delete from jr_task_attempts a using old where a.task_id = old.id returning a.task_id
), steps as (
  delete from jr_step_rewards s using old where s.task_id = old.id returning s.task_id
)
select (select count(*) from attempts) as attempts, (select count(*) from steps) as steps,
  (select max(task_id) from looked having count(*) = $2 and min(started_at) < $1) as next`;

const entriesSql = `
delete from jr_failed_tasks_dlq d
where d.id in (select id from jr_failed_tasks_dlq
    where resolution_status in ('resolved', 'abandoned') and resolved_at < $1
    order by resolved_at limit $2 for update skip locked)
  and d.resolution_status in ('resolved', 'abandoned') and d.resolved_at < $1`;

/** Their ids are in the order in which they came, so that the oldest are found without an index of their own. */
const rejectedSql = `
delete from jr_rejected_submissions where id in (
  select id from (select id, received_at from jr_rejected_submissions order by id limit $2) oldest
  where received_at < $1)`;

/** Deletes up to `limit` rows of each kind that are older than `before` and belong to what has ended. */
export async function forgetOldRows(
  pool: pg.Pool,
  before: Date,
  limit: number,
  afterTask: number,
): Promise<Forgotten> {
  const { rows } = await pool.query<Pick<Forgotten, 'attempts' | 'steps' | 'next'>>(attemptsSql, [
    before,
    limit,
    afterTask,
  ]);
  const entries = await pool.query(entriesSql, [before, limit]);
  const rejected = await pool.query(rejectedSql, [before, limit]);
  const { attempts = 0, steps = 0, next = null } = rows[0] ?? {};
  return { attempts, steps, next, entries: entries.rowCount ?? 0, rejected: rejected.rowCount ?? 0 };
}
