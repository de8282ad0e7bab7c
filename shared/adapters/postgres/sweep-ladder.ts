import type pg from 'pg';
import { mostSteps, type Notice } from '../../domain/notice.ts';
import type { LadderLedger } from '../../ports/ladder-ledger.ts';
import { nobodyGoesOn } from './half-written.ts';
import { ledgerCall } from './pool.ts';

const takeDueRetriesSql = `
with due as (
  select d.id, d.original_task_id
  from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id and w.status = 'failed'
  where d.resolution_status = 'retrying' and d.next_retry_timestamp <= $2 and d.created_at > $4
    and (d.last_retry_timestamp is null or d.last_retry_timestamp < d.next_retry_timestamp
      or d.last_retry_timestamp < $3)
    -- What a drain has taken it puts back itself.
    and not exists (select 1 from jr_drain_runs r where r.id = d.drain_run_id and r.status = 'running')
  order by d.next_retry_timestamp limit $5
  for update of d skip locked
)
update jr_failed_tasks_dlq d set last_retry_timestamp = $1, updated_at = $1
from due where d.id = due.id
returning d.original_task_id as task_id`;

const takeHalfWrittenSql = `
with half_written as (
  select k.task_id from jr_task_checkpoints k join jr_work_queue w on w.id = k.task_id
  where (k.writable_until is null or k.writable_until <= $1) and ${nobodyGoesOn}
    and k.updated_at + least(power(2, k.rollbacks), 60) * interval '1 minute' <= $1
  order by k.updated_at limit $2
  for update of k skip locked
), rung as (
  update jr_task_checkpoints k set updated_at = $1
  from half_written h where k.task_id = h.task_id
  returning k.task_id
), counts as (
  delete from jr_task_checkpoints k using jr_work_queue w
  where w.id = k.task_id and w.status = 'completed' and (k.writable_until is null or k.writable_until <= $1)
  returning k.task_id
)
select task_id from rung union all select task_id from counts`;

/** A level only rises, and who is asked anew is told anew. */
const raiseSql = (where: string, level: 2 | 3, target: string) => `
with overdue as (
  select d.id from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
  where ${where}
  order by d.id limit $3
  for update of d skip locked
)
update jr_failed_tasks_dlq d
set resolution_status = 'unresolved', escalation_level = ${level}, assigned_escalation_target = '${target}',
    next_retry_timestamp = null, raised_at = $1, notified_at = null, updated_at = $1
from overdue where d.id = overdue.id`;

const raiseTooOldSql = raiseSql(
  `d.resolution_status = 'retrying' and d.created_at <= $2 and w.status = 'failed'`,
  2,
  'TPM',
);
const raiseUnansweredSql = raiseSql(
  `d.resolution_status = 'unresolved' and d.escalation_level = 2 and d.raised_at <= $2
    and w.status in ('failed', 'blocked')`,
  3,
  'Council',
);

/**
 * So many of each level: where one of its topics is away for long, the other goes on. What somebody has locked could not be
 * noted as told, and people would be told of it every minute: it is left to the next sweep.
 */
const unpublishedNoticesSql = `
select d.id as "entryId", w.id as "taskId", w.title, d.assigned_escalation_target as target,
  d.escalation_level as level, d.error_code as "errorCode", d.error_class as "errorClass", d.failure_reason as reason,
  w.assigned_jr as "assignedJr", w.attempt_count as attempts, to_jsonb(coalesce(d.raised_at, d.created_at)) #>> '{}' as "raisedAt",
  coalesce((select jsonb_agg(jsonb_build_object('step', format('%s %s %s', s.step_number, s.step_type, s.target_file),
      'result', coalesce(s.error_detail, s.execution_result)) order by s.step_number)
    from (select * from jr_step_rewards where task_id = w.id
      order by execution_result <> 'failed', step_number limit ${mostSteps}) s), '[]') as steps,
  (select count(*)::int from jr_step_rewards s where s.task_id = w.id) as "stepCount"
from (values (2), (3)) levels (level) cross join lateral (
    select * from jr_failed_tasks_dlq
    where resolution_status = 'unresolved' and escalation_level = level and notified_at is null
    order by raised_at nulls first, id limit $1
    for no key update skip locked) d
  join jr_work_queue w on w.id = d.original_task_id
order by d.raised_at nulls first, d.id`;

const markNotifiedSql = `
update jr_failed_tasks_dlq set notified_at = $3, wake_up_at = $4, updated_at = $3
where id = $1 and escalation_level = $2 and resolution_status = 'unresolved'`;

const takeAnsweredWakeUpsSql = `
update jr_failed_tasks_dlq set wake_up_at = null
where id in (select id from jr_failed_tasks_dlq
  where wake_up_at is not null and resolution_status <> 'unresolved' order by id limit $1 for update skip locked)
returning id`;

/** The sweep of the ladder in Postgres. */
export function postgresLadderLedger(pool: pg.Pool): LadderLedger {
  return {
    takeDueRetries: ({ now, dueBefore, rungBefore, oldestEntry, limit }) =>
      ledgerCall('take due retries', async () => {
        const values = [now, dueBefore, rungBefore, oldestEntry, limit];
        const { rows } = await pool.query<{ task_id: number }>(takeDueRetriesSql, values);
        return rows.map(row => row.task_id);
      }),
    takeHalfWritten: (now, limit) =>
      ledgerCall('take half-written tasks', async () => {
        const { rows } = await pool.query<{ task_id: number }>(takeHalfWrittenSql, [now, limit]);
        return rows.map(row => row.task_id);
      }),
    raiseOverdue: ({ now, oldestEntry, tpmDeadline, limit }) =>
      ledgerCall('raise overdue entries', async () => {
        const tooOld = await pool.query(raiseTooOldSql, [now, oldestEntry, limit]);
        const unanswered = await pool.query(raiseUnansweredSql, [now, tpmDeadline, limit]);
        return { tooOld: tooOld.rowCount ?? 0, unanswered: unanswered.rowCount ?? 0 };
      }),
    unpublishedNotices: limit =>
      ledgerCall('read notices', async () => {
        const { rows } = await pool.query<Notice>(unpublishedNoticesSql, [limit]);
        return rows;
      }),
    markNotified: (entryId, level, now, wakeUpAt) =>
      ledgerCall('note a notice', async () => {
        await pool.query(markNotifiedSql, [entryId, level, now, wakeUpAt]);
      }),
    takeAnsweredWakeUps: limit =>
      ledgerCall('look for answered deadlines', async () => {
        const { rows } = await pool.query<{ id: number }>(takeAnsweredWakeUpsSql, [limit]);
        return rows.map(({ id }) => id);
      }),
  };
}
