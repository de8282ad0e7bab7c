import type pg from 'pg';
import { contentHash } from '../checkpoints.ts';
import type { Contestant } from '../contestant.ts';
import { prepare, session } from './jr-executor.ts';

/**
 * What the tables of jr-executor cost by themselves: its rows, constraints and indexes, under the statements of the floor.
 * What its own statements take beyond that is what they ask before a claim and keep with an end.
 */
export const floorOnItsTables: Contestant = {
  settings:
    'the statements of the floor on the tables of jr-executor: a claim that only looks at the status, three steps, an end that only looks at the epoch, each attempt with its row; no room of a Jr is kept, no pause, open entry, parent or earlier attempt looked for',
  async open(options) {
    const { pool, deps } = await prepare(options);
    return session(pool, deps, ids => execute(pool, ids));
  },
};

const claimSql = `
with due as materialized (
  select id from jr_work_queue
  where id = any($1::bigint[]) and status in ('pending', 'assigned') and (not_before is null or not_before <= $2)
  for update skip locked
)
update jr_work_queue w
set status = 'in_progress', lease_epoch = w.lease_epoch + 1, lease_expires_at = $3, attempt_count = w.attempt_count + 1,
    started_at = $2, function_request_id = 'bench', updated_at = $2
where w.id = any(array(select id from due))
returning w.id, w.lease_epoch as epoch, w.instruction_content`;

const recordSql = `
insert into jr_step_rewards (task_id, step_number, step_type, target_file, step_content_hash, before_sha256, after_sha256,
  execution_result, execution_time_ms, created_at, updated_at)
select s.task_id, s.step_number, 'create', s.target_file, $5::bytea, $5::bytea, $5::bytea, 'success', 0, $6, $6
from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[]) as s(task_id, epoch, step_number, target_file)
join jr_work_queue w on w.id = s.task_id and w.lease_epoch = s.epoch`;

const completeSql = `
with held as (
  update jr_work_queue w
  set status = 'completed', progress_percent = 100, status_message = 'nothing to do: 3 steps already applied',
      result = '{"steps_total": 3, "steps_applied": 0, "files_changed": 0}', lease_expires_at = null, completed_at = $3,
      updated_at = $3
  from unnest($1::bigint[], $2::bigint[]) as e(id, epoch)
  where w.id = any($1::bigint[]) and w.id = e.id and w.lease_epoch = e.epoch
  returning w.id, w.attempt_count, w.lease_epoch, w.started_at
), attempts as (
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome, function_request_id)
  select id, attempt_count, lease_epoch, started_at, $3, 'completed', 'bench' from held
)
select id from held`;

const steps = [1, 2, 3];

async function execute(pool: pg.Pool, ids: readonly number[]): Promise<void> {
  const send = (name: string, text: string, values: unknown[]) =>
    pool.query<{ id: number; epoch: number }>({ name, text, values });
  const now = new Date();
  const { rows } = await send('claim', claimSql, [ids, now, new Date(now.getTime() + 75_000)]);
  const recorded = rows.flatMap(task => steps.map(step => ({ ...task, step })));
  await send('record', recordSql, [
    recorded.map(({ id }) => id),
    recorded.map(({ epoch }) => epoch),
    recorded.map(({ step }) => step),
    recorded.map(({ step }) => `notes-${step}.md`),
    Buffer.from(contentHash, 'hex'),
    now,
  ]);
  const claimed = [rows.map(({ id }) => id), rows.map(({ epoch }) => epoch)];
  const ended = await send('complete', completeSql, [...claimed, new Date()]);
  if (ended.rows.length !== ids.length)
    throw new Error(`Of ${ids.length} tasks ${ended.rows.length} were completed.`);
}
