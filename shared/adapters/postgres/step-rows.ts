import type { Lease } from '../../domain/task.ts';
import type { StepRecord } from '../../ports/ledger.ts';

/** The columns of the recordset that carries steps into a statement, as `{@link toStepRow}` makes them. */
export const stepRecordset = `x(
    task_id bigint, step_number int, step_type text, target_file text, step_content_hash bytea, before_sha256 bytea,
    after_sha256 bytea, execution_result text, execution_time_ms int, error_detail text)`;

/** In the order of the recordset, with the two times after it. */
const columns = `task_id, step_number, step_type, target_file, step_content_hash, before_sha256, after_sha256,
    execution_result, execution_time_ms, error_detail, created_at, updated_at`;

/** Writes the steps in \`steps\` of the tasks in \`held\` where the ledger has none of them yet. $2 is now. */
export const insertSteps = `
  insert into jr_step_rewards (${columns})
  select s.*, $2, $2 from steps s join held h on h.id = s.task_id`;

/** The same for {@link endSteps}, as {@link toStepEnd} makes them: the ledger has the rest. */
export const stepEndRecordset = `x(
    task_id bigint, step_number int, execution_result text, execution_time_ms int, error_detail text)`;

/** Says what became of steps that this very attempt recorded. $2 is now. */
export const endSteps = `
  update jr_step_rewards r
  set execution_result = s.execution_result, execution_time_ms = s.execution_time_ms, error_detail = s.error_detail,
      updated_at = $2
  from steps s
  where r.task_id = any(array(select id from held)) and r.task_id = s.task_id and r.step_number = s.step_number`;

/**
 * Writes the steps in \`steps\` of the tasks in \`held\` (both names of common table expressions), whatever an earlier
 * attempt had under their numbers. $2 is now.
 */
export const upsertSteps = `
  insert into jr_step_rewards as r (${columns})
  select s.*, $2, $2 from steps s join held h on h.id = s.task_id
  on conflict (task_id, step_number) do update
  set step_type = excluded.step_type, target_file = excluded.target_file,
      step_content_hash = excluded.step_content_hash, before_sha256 = excluded.before_sha256,
      after_sha256 = excluded.after_sha256, execution_result = excluded.execution_result,
      execution_time_ms = excluded.execution_time_ms, error_detail = excluded.error_detail, updated_at = $2`;

/**
 * Removes what an earlier plan had beyond the \`total_steps\` of the tasks in \`held\`. An attempt that never got to a
 * plan says nothing about them.
 */
export const removeStepsBeyond = `, beyond as (
  delete from jr_step_rewards r using held h
  where r.task_id = h.id and h.total_steps > 0 and r.step_number > h.total_steps
)`;

/** One step of a task as a row of {@link stepRecordset}. */
export function toStepRow(lease: Lease, step: StepRecord) {
  return {
    ...toStepEnd(lease, step),
    step_type: step.stepType,
    target_file: step.targetFile,
    step_content_hash: asBytes(step.contentHash),
    before_sha256: asBytes(step.beforeSha256),
    after_sha256: asBytes(step.afterSha256),
  };
}

/** What became of one step as a row of {@link stepEndRecordset}. */
export function toStepEnd({ taskId }: Lease, step: StepRecord) {
  return {
    task_id: taskId,
    step_number: step.stepNumber,
    execution_result: step.executionResult,
    execution_time_ms: step.executionTimeMs ?? undefined,
    error_detail: step.errorDetail ?? undefined,
  };
}

/** A hash in hexadecimal as a bytea reads it. What is null is left out: that is how the recordset reads it. */
function asBytes(hash: string | null): string | undefined {
  return hash === null ? undefined : `\\x${hash}`;
}
