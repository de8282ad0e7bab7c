import type pg from 'pg';
import type { Approval, AttemptEnd, Lease } from '../../domain/task.ts';
import type { Settlement } from '../../ports/ledger.ts';
import { entryRecordset, toEntryColumns, upsertEntries } from './entry-rows.ts';
import { isBlocked, isRunning } from './found-by-id.ts';
import { oftenSent } from './often-sent.ts';
import { goOnAfterParent, hasNoOpenEntry } from './parent-rows.ts';
import { problemJson } from './problem-rows.ts';
import {
  endSteps,
  hashesOf,
  insertSteps,
  removeStepsBeyond,
  sentStepEnds,
  sentSteps,
  toStepEnd,
  toStepRow,
  upsertSteps,
} from './step-rows.ts';
import { toJson } from './to-json.ts';

const writeEntries = `, failed as (
  select * from held where outcome = 'failed'
), entries as (${upsertEntries}
)`;

const removeCheckpoints = (where: string) => `, checkpoints as (
  delete from jr_task_checkpoints k where k.task_id = any(array(select id from held where ${where}))
)`;

const keepCheckpoints = `, kept as (
  update jr_task_checkpoints k set writable_until = null, updated_at = $2
  where k.task_id = any(array(select id from held where not files_whole))
)`;

/** What an attempt that completed says of its task. */
const completion = {
  columns: 'status_message text, result jsonb, artifacts text[]',
  kept: 'e.epoch, e.attempt',
  task: `status = 'completed', progress_percent = 100, status_message = e.status_message, result = e.result,
      artifacts = e.artifacts, error_message = null, completed_at = $2`,
  attempt: `'completed', null, null`,
  completed: 'true',
};

/**
 * An interrupted task waits again, as it did before it was claimed, and nothing is counted (invariant 9). Whoever gives it
 * back rings for it: rung before its attempt, its bell would be taken for used up, and each sweep rang for it besides. One
 * that is due later takes no room until then from others that could go on meanwhile.
 */
const anyEnd = {
  columns: `status_message text, result jsonb, artifacts text[], outcome text, total_steps int, files_whole boolean,
    needs_approval boolean, ring_after_seconds int, error_message text, max_retries int, ${entryRecordset}`,
  kept: 'e.*',
  task: `status = case when e.outcome = 'completed' then 'completed'
                 when e.outcome = 'failed' then case when e.needs_approval then 'blocked' else 'failed' end
                 else case when w.assigned_jr is null then 'pending' else 'assigned' end end,
      progress_percent = case e.outcome when 'completed' then 100 when 'failed' then w.progress_percent else 0 end,
      status_message = e.status_message,
      result = coalesce(e.result, w.result),
      artifacts = coalesce(e.artifacts, w.artifacts),
      error_message = e.error_message,
      dispatched_at = case when e.outcome = 'interrupted'
        then greatest($2::timestamptz, w.started_at) + interval '1 microsecond'
          + coalesce(e.ring_after_seconds, 0) * interval '1 second'
        else w.dispatched_at end,
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
const settleSql = (end: typeof completion, sent: string, writeSteps: string, ...parts: string[]) => `
with ends as (
  select * from json_to_recordset($1::json) as x(task_id bigint, epoch bigint, attempt int, ${end.columns})
), held as (
  update jr_work_queue w
  set ${end.task}, lease_expires_at = null, updated_at = $2
  from ends e
  where w.id = any($4::bigint[]) and w.id = e.task_id and w.lease_epoch = e.epoch and ${isRunning}
  returning w.id, w.started_at, w.function_request_id, ${end.kept}
), steps as (${sent}
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
  sentSteps,
  upsertSteps,
  removeStepsBeyond,
  writeEntries,
  removeCheckpoints('files_whole'),
  keepCheckpoints,
);
const completeWrittenSql = settleSql(completion, sentStepEnds, endSteps, removeCheckpoints('true'));
const completeAtOnceSql = settleSql(completion, sentSteps, insertSteps);
const settleFirstSql = settleSql(anyEnd, sentSteps, insertSteps, writeEntries);

/**
 * Most attempts are the first and most complete, and what the ledger has of them is known: nothing at all, or this plan and
 * its checkpoint.
 * Only an entry may be open, also of a task that was never tried.
 */
function statementFor(settlements: readonly Settlement[], now: Date): pg.QueryConfig {
  const all = (recorded: Settlement['recorded']) => settlements.every(each => each.recorded === recorded);
  const completions = settlements.flatMap(({ lease, end }) =>
    end.outcome === 'completed' ? [toCompletion(lease, end)] : [],
  );
  const completed = completions.length === settlements.length;
  const ids = settlements.map(({ lease }) => lease.taskId);
  const stepsAs = (toRow: typeof toStepEnd) =>
    toJson(settlements.flatMap(({ lease, steps }) => steps.map(step => toRow(lease, step))));
  if (completed && all('this plan'))
    return oftenSent('complete_written', completeWrittenSql, [
      toJson(completions),
      now,
      stepsAs(toStepEnd),
      ids,
    ]);
  const rest = [now, stepsAs(toStepRow), ids, hashesOf(settlements.flatMap(({ steps }) => steps))];
  if (completed && all('nothing'))
    return oftenSent('complete_at_once', completeAtOnceSql, [toJson(completions), ...rest]);
  const [name, text] = all('nothing') ? ['settle_first', settleFirstSql] : ['settle_tasks', settleTasksSql];
  return oftenSent(name, text, [toJson(settlements.map(toEnd)), ...rest]);
}

/** Ends attempts, fenced. Answers the ids that were still held. `db` is the pool or a transaction's client. */
export async function settleTasks(
  db: pg.Pool | pg.PoolClient,
  settlements: readonly Settlement[],
  now: Date,
): Promise<ReadonlySet<number>> {
  // In the order of ids, in which everybody locks tasks who waits for them: no deadlocks.
  const inOrder = settlements.toSorted((a, b) => a.lease.taskId - b.lease.taskId);
  const { rows } = await db.query<{ id: number }>(statementFor(inOrder, now));
  return new Set(rows.map(({ id }) => id));
}

function toCompletion({ taskId, epoch, attempt }: Lease, end: AttemptEnd) {
  return {
    task_id: taskId,
    epoch,
    attempt,
    status_message: statusMessageOf(end),
    result: resultOf(end),
    artifacts: end.outcome === 'completed' ? end.artifacts : null,
  };
}

function toEnd({ lease, end, steps, filesWhole = end.outcome === 'completed' }: Settlement) {
  return {
    ...toCompletion(lease, end),
    outcome: end.outcome,
    total_steps: steps.length,
    files_whole: filesWhole,
    ...(end.outcome === 'failed' ? failureColumns(end) : {}),
    ...(end.outcome === 'interrupted' ? { ring_after_seconds: end.ringAfterSeconds } : {}),
  };
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
      return { problems: end.problems.map(problemJson), approval_needed: approvalJson(end.approvalNeeded) };
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
