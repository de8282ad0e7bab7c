import type pg from 'pg';
import type { Approval, AttemptEnd } from '../../domain/task.ts';
import type { Settlement } from '../../ports/ledger.ts';
import { entryRecordset, toEntryColumns, upsertEntries } from './entry-rows.ts';
import { isBlocked, isRunning } from './found-by-id.ts';
import { oftenSent } from './often-sent.ts';
import { goOnAfterParent, hasNoOpenEntry } from './parent-rows.ts';
import {
  endSteps,
  insertSteps,
  removeStepsBeyond,
  stepEndRecordset,
  stepRecordset,
  toStepEnd,
  toStepRow,
  upsertSteps,
} from './step-rows.ts';
import { toJson } from './to-json.ts';

const writeEntries = `, failed as (
  select * from held where outcome = 'failed'
), entries as (${upsertEntries}
)`;

const removeCheckpoints = `, checkpoints as (
  delete from jr_task_checkpoints k where k.task_id = any(array(select id from held where files_whole))
)`;

const keepCheckpoints = `, kept as (
  update jr_task_checkpoints k set writable_until = null, updated_at = $2
  where k.task_id = any(array(select id from held where not files_whole))
)`;

/** What an attempt that completed says of its task. */
const completion = {
  columns: 'status_message text, result jsonb, artifacts text[]',
  task: `status = 'completed', progress_percent = 100, status_message = e.status_message, result = e.result,
      artifacts = e.artifacts, error_message = null, completed_at = $2`,
  attempt: `'completed', null, null`,
  completed: 'true',
};

/** An interrupted task waits again, as it did before it was claimed, and nothing is counted (invariant 9). */
const anyEnd = {
  columns: `outcome text, needs_approval boolean, status_message text, result jsonb, artifacts text[], error_message text,
    max_retries int, ${entryRecordset}`,
  task: `status = case when e.outcome = 'completed' then 'completed'
                 when e.outcome = 'failed' then case when e.needs_approval then 'blocked' else 'failed' end
                 else case when w.assigned_jr is null then 'pending' else 'assigned' end end,
      progress_percent = case e.outcome when 'completed' then 100 when 'failed' then w.progress_percent else 0 end,
      status_message = e.status_message,
      result = coalesce(e.result, w.result),
      artifacts = coalesce(e.artifacts, w.artifacts),
      error_message = e.error_message,
      completed_at = case when e.outcome = 'completed' then $2::timestamptz end`,
  attempt: 'h.outcome, h.error_code, h.error_message',
  completed: `h.outcome = 'completed'`,
};

/**
 * Ends attempts: task, attempt, steps and checkpoint in one fenced statement (invariant 3). An attempt that lost its
 * lease, or whose task was cancelled under it, matches no row and changes nothing. Whatever has to be looked for is looked
 * for by the ids of those that are held, all in one search, and not in a join: that would search for each of them, or in the
 * wrong order, as the planner takes them for one.
 * What a batch cannot need is left out of it, see {@link statementFor}.
 */
const settleSql = (end: typeof completion, recordset: string, writeSteps: string, ...parts: string[]) => `
with ends as (
  select * from json_to_recordset($1::json) as x(task_id bigint, epoch bigint, attempt int, total_steps int,
    files_whole boolean, ${end.columns})
), held as (
  update jr_work_queue w
  set ${end.task}, lease_expires_at = null, updated_at = $2
  from ends e
  where w.id = any($4::bigint[]) and w.id = e.task_id and w.lease_epoch = e.epoch and ${isRunning}
  returning w.id, w.started_at, w.function_request_id, e.*
), steps as (
  select * from json_to_recordset($3::json) as ${recordset}
), recorded as (${writeSteps}
), attempts as (
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome, error_code, error_message,
    function_request_id)
  select h.id, h.attempt, h.epoch, coalesce(h.started_at, $2), $2, ${end.attempt}, h.function_request_id from held h
), resolved as (
  update jr_failed_tasks_dlq d
  set resolution_status = 'resolved', resolved_at = $2, next_retry_timestamp = null, updated_at = $2,
      resolution_notes = 'completed by a later attempt'
  where d.original_task_id = any(array(select id from held h where ${end.completed}))
    and d.resolution_status in ('unresolved', 'retrying')
), freed as (
  update jr_work_queue w
  set ${goOnAfterParent}
  where w.parent_task_id = any(array(select id from held h where ${end.completed}))
    and ${isBlocked} and ${hasNoOpenEntry}
)${parts.join('')}
select id from held`;

const settleTasksSql = settleSql(
  anyEnd,
  stepRecordset,
  upsertSteps,
  removeStepsBeyond,
  writeEntries,
  removeCheckpoints,
  keepCheckpoints,
);
const completeWrittenSql = settleSql(completion, stepEndRecordset, endSteps, removeCheckpoints);
const completeAtOnceSql = settleSql(completion, stepRecordset, insertSteps);
const settleFirstSql = settleSql(anyEnd, stepRecordset, insertSteps, writeEntries);

/**
 * Most attempts are the first and most complete, and what the ledger has of them is known: nothing at all, or this plan and
 * its checkpoint.
 * Only an entry may be open, also of a task that was never tried.
 */
function statementFor(settlements: readonly Settlement[]) {
  const completedWith = (recorded: Settlement['recorded']) =>
    settlements.every(each => each.end.outcome === 'completed' && each.recorded === recorded);
  if (completedWith('nothing'))
    return { name: 'complete_at_once', text: completeAtOnceSql, toStep: toStepRow };
  if (settlements.every(({ recorded }) => recorded === 'nothing'))
    return { name: 'settle_first', text: settleFirstSql, toStep: toStepRow };
  if (completedWith('this plan'))
    return { name: 'complete_written', text: completeWrittenSql, toStep: toStepEnd };
  return { name: 'settle_tasks', text: settleTasksSql, toStep: toStepRow };
}

/** Ends attempts, fenced. Answers the ids that were still held. `db` is the pool or a transaction's client. */
export async function settleTasks(
  db: pg.Pool | pg.PoolClient,
  settlements: readonly Settlement[],
  now: Date,
): Promise<ReadonlySet<number>> {
  // In the order of ids, in which everybody locks tasks who waits for them: no deadlocks.
  const inOrder = settlements.toSorted((a, b) => a.lease.taskId - b.lease.taskId);
  const ends = inOrder.map(({ lease, end, steps, filesWhole = end.outcome === 'completed' }) => ({
    task_id: lease.taskId,
    epoch: lease.epoch,
    attempt: lease.attempt,
    outcome: end.outcome,
    total_steps: steps.length,
    files_whole: filesWhole,
    status_message: statusMessageOf(end),
    result: resultOf(end),
    artifacts: end.outcome === 'completed' ? end.artifacts : null,
    ...(end.outcome === 'failed' ? failureColumns(end) : {}),
  }));
  const { name, text, toStep } = statementFor(settlements);
  const steps = inOrder.flatMap(({ lease, steps }) => steps.map(step => toStep(lease, step)));
  const ids = inOrder.map(({ lease }) => lease.taskId);
  const values = [toJson(ends), now, toJson(steps), ids];
  const { rows } = await db.query<{ id: number }>(oftenSent(name, text, values));
  return new Set(rows.map(({ id }) => id));
}

function statusMessageOf(end: AttemptEnd): string {
  if (end.outcome !== 'failed') return end.statusMessage;
  return end.approvalNeeded !== null ? `${end.errorCode}: waits for an approval` : end.errorCode;
}

/** What `jr_work_queue.result` says: what was done, or everything that is wrong. */
function resultOf(end: AttemptEnd): unknown {
  switch (end.outcome) {
    case 'completed':
      return end.result;
    case 'failed':
      return { problems: end.problems, approval_needed: approvalJson(end.approvalNeeded) };
    case 'interrupted':
      return null;
  }
}

function failureColumns(end: AttemptEnd & { outcome: 'failed' }) {
  return {
    error_message: `${end.errorCode}: ${end.errorMessage}`,
    failure_reason: end.errorMessage,
    needs_approval: end.approvalNeeded !== null,
    step_number: end.stepNumber,
    error_code: end.errorCode,
    error_class: end.errorClass,
    max_retries: end.maxRetries,
    ...toEntryColumns(end.entry),
  };
}

function approvalJson(approval: Approval | null) {
  return approval === null ? null : { plan_hash: approval.planHash, error_codes: approval.errorCodes };
}
