import type pg from 'pg';
import type { TaskStatus } from '../../domain/task.ts';
import type {
  LedgerView,
  MessageFate,
  RejectedView,
  TaskDetail,
  TaskOverview,
  TaskView,
} from '../../ports/ledger-view.ts';
import { isUnended, unendedNumber } from './attempt-rows.ts';
import { completedAt, isCompleted, isUndated } from './completed-rows.ts';
import { ledgerCall } from './pool.ts';
import { resultShown } from './problem-rows.ts';
import { taskKeyOf } from './task-key.ts';
import { everythingThatWaits, waitingParts } from './waiting-rows.ts';

/** Postgres makes the JSON, so that times and names are what the command line prints. */
const viewColumns = `
  w.id, w.task_key, w.dedupe_key, w.title, w.status, w.status_message, w.progress_percent, w.assigned_jr, w.priority,
  w.sacred_fire_priority, w.attempt_count, w.error_message, w.created_at, w.started_at, w.completed_at, w.updated_at,
  w.not_before`;

/** A task with everything the ledger knows of its execution, as an expression. `taskId` is a column or a parameter. */
export function taskDetailJson(taskId: string): string {
  return `(select to_jsonb(t) from (
  select ${viewColumns}, w.instruction_file, ${resultShown}, w.parent_task_id, w.requires_council_approval,
    (select d.id from jr_failed_tasks_dlq d where d.original_task_id = w.id
      and d.resolution_status in ('unresolved', 'retrying')) as entry_id,
    (select d.next_retry_timestamp from jr_failed_tasks_dlq d where d.original_task_id = w.id
      and d.resolution_status = 'retrying') as next_retry_timestamp,
    coalesce((select jsonb_agg(to_jsonb(a) - 'task_id' order by a.attempt)
      from (select task_id, attempt, outcome, error_code, error_message, started_at, ended_at
          from jr_task_attempts where task_id = w.id
        union all
        select w.id, ${unendedNumber}, null, null, null, coalesce(w.started_at, w.updated_at), null where ${isUnended}) a), '[]') as attempts,
    (select jsonb_build_object('last_completed_step', k.last_completed_step, 'total_steps', k.total_steps,
        'rollbacks', k.rollbacks, 'updated_at', k.updated_at)
      from jr_task_checkpoints k where k.task_id = w.id) as checkpoint,
    coalesce((select jsonb_agg(to_jsonb(s) - 'task_id' order by s.step_number)
      from (select task_id, step_number, step_type, target_file, execution_result, execution_time_ms, error_detail,
          updated_at
        from jr_step_rewards) s where s.task_id = w.id), '[]') as steps
  from jr_work_queue w where w.id = ${taskId}
) t)`;
}

const getTaskSql = `select ${taskDetailJson('$1')} as task`;

const findByMessageSql = `
select id as task_id, null as reason from jr_work_queue where task_key = $3::uuid or dedupe_key = $2
union all
select null, reason from jr_rejected_submissions where message_id = $1
limit 1`;

/** The latest of those tasks, $1 at most, of the status $2 or of any. */
const latest = (where: string, order = 'w.updated_at desc, w.id desc') => `
    (select w.id, w.updated_at from jr_work_queue w where ${where} and ($2::text is null or w.status = $2)
      order by ${order} limit $1)`;

const running = `status = 'in_progress'`;
const stopped = `status in ('failed', 'blocked', 'cancelled')`;

/**
 * Nearly all of the table is completed: the latest of those are found by an index, and their number is what is left when
 * the others, which have partial indexes, are taken off a count of all, which no index has to be sorted for.
 */
const listTasksSql = `
with others as materialized (
  select status, count(*) as n from (
    ${everythingThatWaits('status')}
    union all select status from jr_work_queue where ${running}
    union all select status from jr_work_queue where ${stopped}) t
  group by status
), counts as (
  select status, n from others
  union all
  select 'completed', (select count(*) from jr_work_queue) - (select coalesce(sum(n), 0) from others)
), latest as (
  select id from (${[
    ...waitingParts.map(where => latest(where)),
    latest(running),
    latest(stopped),
    latest(`${isCompleted} and ${completedAt} < 'infinity'`, `${completedAt} desc`),
    latest(isUndated),
  ].join(' union all ')}) t
  order by updated_at desc, id desc limit $1
)
select
  (select coalesce(jsonb_object_agg(status, n), '{}') from counts where n > 0) as counts,
  (select coalesce(jsonb_agg(to_jsonb(t) order by t.updated_at desc, t.id desc), '[]') from
    (select ${viewColumns} from jr_work_queue w where w.id in (select id from latest)) t) as tasks`;

const listRejectedSql = `
select to_jsonb(r) - 'id' as rejected from (select * from jr_rejected_submissions order by id desc limit $1) r
order by r.id desc`;

/** The ledger as the command line reads it. */
export function postgresLedgerView(pool: pg.Pool): LedgerView {
  return {
    getTask: id =>
      ledgerCall('show a task', async () => {
        const { rows } = await pool.query<{ task: TaskDetail | null }>(getTaskSql, [id]);
        return rows[0]?.task ?? null;
      }),
    findByMessage: (messageId, dedupeKey) =>
      ledgerCall('find a message', async (): Promise<MessageFate> => {
        const { rows } = await pool.query<{ task_id: number | null; reason: string | null }>(
          findByMessageSql,
          [messageId, dedupeKey, taskKeyOf(messageId)],
        );
        const row = rows[0];
        if (row === undefined) return null;
        if (row.task_id !== null) return { kind: 'task', taskId: row.task_id };
        return { kind: 'rejected', reason: row.reason ?? '' };
      }),
    listTasks: (limit, status) =>
      ledgerCall('list tasks', async (): Promise<TaskOverview> => {
        const { rows } = await pool.query<{ counts: Partial<Record<TaskStatus, number>>; tasks: TaskView[] }>(
          listTasksSql,
          [limit, status],
        );
        return rows[0] ?? { counts: {}, tasks: [] };
      }),
    listRejected: limit =>
      ledgerCall('list rejected submissions', async () => {
        const { rows } = await pool.query<{ rejected: RejectedView }>(listRejectedSql, [limit]);
        return rows.map(({ rejected }) => rejected);
      }),
    close: () => pool.end(),
  };
}
