import type pg from 'pg';
import type { RecordedPlan, StepRecord } from '../../ports/ledger.ts';
import { isRunning } from './found-by-id.ts';
import { oftenSent } from './often-sent.ts';
import { hashesOf, insertSteps, removeStepsBeyond, sentSteps, toStepRow, upsertSteps } from './step-rows.ts';
import { toJson } from './to-json.ts';

/** Whatever an earlier plan of the task left there. */
const replaceCheckpoints = `
  on conflict (task_id) do update
  set last_completed_step = excluded.last_completed_step, total_steps = excluded.total_steps,
      checkpoint_data = excluded.checkpoint_data, writable_until = excluded.writable_until, rollbacks = 0,
      updated_at = $2`;

/** The intent log: before the first byte is written the ledger knows what every file was and is to be. */
const recordPlansSql = (writeSteps: string, onCheckpoint: string, ...parts: string[]) => `
with plans as (
  select * from json_to_recordset($1::json) as x(task_id bigint, epoch bigint, total_steps int,
    steps_done int, files text[], writable_until timestamptz)
), held as (
  update jr_work_queue w
  set progress_percent = 50, updated_at = $2,
      status_message = format('planned %s %s, writing', p.total_steps, case p.total_steps when 1 then 'step' else 'steps' end)
  from plans p
  where w.id = any($4::bigint[]) and w.id = p.task_id and w.lease_epoch = p.epoch and ${isRunning}
  returning w.id, p.*
), steps as (${sentSteps}
), recorded as (${writeSteps}
), checkpoints as (
  insert into jr_task_checkpoints as k (task_id, last_completed_step, total_steps, checkpoint_data, writable_until,
    created_at, updated_at)
  select id, steps_done, total_steps, jsonb_build_object('epoch', epoch, 'files', files), writable_until, $2, $2
  from held${onCheckpoint}
)${parts.join('')}
select id from held`;

const recordAnewSql = recordPlansSql(upsertSteps, replaceCheckpoints, removeStepsBeyond);
const recordFirstSql = recordPlansSql(insertSteps, '');

/** Records the plans of a batch, fenced. Answers the ids that were still held. */
export async function recordPlans(
  pool: pg.Pool,
  plans: readonly RecordedPlan[],
  now: Date,
): Promise<ReadonlySet<number>> {
  // In the order of ids, in which everybody locks tasks who waits for them: no deadlocks.
  const inOrder = plans.toSorted((a, b) => a.lease.taskId - b.lease.taskId);
  const heads = inOrder.map(({ lease, steps }) => ({
    task_id: lease.taskId,
    epoch: lease.epoch,
    total_steps: steps.length,
    steps_done: doneAtFirst(steps),
    files: [...new Set(steps.map(({ targetFile }) => targetFile))],
    writable_until: lease.expiresAt,
  }));
  const steps = inOrder.flatMap(({ lease, steps }) => steps.map(step => toStepRow(lease, step)));
  const ids = inOrder.map(({ lease }) => lease.taskId);
  const values = [toJson(heads), now, toJson(steps), ids, hashesOf(inOrder.flatMap(({ steps }) => steps))];
  const { rows } = await pool.query<{ id: number }>(
    plans.every(({ recorded }) => recorded === 'nothing')
      ? oftenSent('record_first', recordFirstSql, values)
      : oftenSent('record_plans', recordAnewSql, values),
  );
  return new Set(rows.map(({ id }) => id));
}

/** How many steps from the first on were on disk already when the plan was made. */
function doneAtFirst(steps: readonly StepRecord[]): number {
  const open = steps.findIndex(step => step.executionResult !== 'success');
  return open === -1 ? steps.length : open;
}
