import type { Lease } from '../../domain/task.ts';
import type { StepRecord } from '../../ports/ledger.ts';

/** The columns of the recordset that carries steps into a statement, as `{@link toStepRow}` makes them. */
export const stepRecordset = `x(
    task_id bigint, step_number int, step_type text, target_file text, step_content_hash text, before_sha256 text,
    after_sha256 text, execution_result text, execution_time_ms int, error_detail text)`;

/**
 * Writes the steps in \`steps\` of the tasks in \`held\` (both names of common table expressions), whatever an earlier
 * attempt had under their numbers, and removes what that attempt had beyond them. $2 is now.
 */
export const upsertSteps = `
  insert into jr_step_rewards as r (task_id, step_number, step_type, target_file, step_content_hash, before_sha256,
    after_sha256, execution_result, execution_time_ms, error_detail, created_at, updated_at)
  select s.task_id, s.step_number, s.step_type, s.target_file, s.step_content_hash, s.before_sha256, s.after_sha256,
    s.execution_result, s.execution_time_ms, s.error_detail, $2, $2
  from steps s join held h on h.id = s.task_id
  on conflict (task_id, step_number) do update
  set step_type = excluded.step_type, target_file = excluded.target_file,
      step_content_hash = excluded.step_content_hash, before_sha256 = excluded.before_sha256,
      after_sha256 = excluded.after_sha256, execution_result = excluded.execution_result,
      execution_time_ms = excluded.execution_time_ms, error_detail = excluded.error_detail, updated_at = $2`;

/** One step of a task as a row of {@link stepRecordset}. */
export function toStepRow({ taskId }: Lease, step: StepRecord) {
  return {
    task_id: taskId,
    step_number: step.stepNumber,
    step_type: step.stepType,
    target_file: step.targetFile,
    step_content_hash: step.contentHash,
    before_sha256: step.beforeSha256,
    after_sha256: step.afterSha256,
    execution_result: step.executionResult,
    execution_time_ms: step.executionTimeMs,
    error_detail: step.errorDetail,
  };
}
