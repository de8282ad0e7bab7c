import type { Lease } from '../../domain/task.ts';
import type { StepRecord } from '../../ports/ledger.ts';

/** A SHA-256 in bytes. */
const hashBytes = 32;

/** The hashes of a step, in the order in which {@link hashesOf} sends them. */
const hashColumns = ['step_content_hash', 'before_sha256', 'after_sha256'] as const;
const hash = (at: number) => `nullif(substring($5::bytea, ${hashColumns.length * hashBytes} * place::int
      - ${(hashColumns.length - at) * hashBytes - 1}, ${hashBytes}), '\\x${'00'.repeat(hashBytes)}')`;

/**
 * The steps that are sent with a statement: in $3 as {@link toStepRow} makes them, and in $5 their hashes as they are
 * stored. In the JSON they would be most of what the server has to read of a batch.
 */
export const sentSteps = `
  select task_id, step_number, step_type, target_file, ${hashColumns.map((column, at) => `${hash(at)} as ${column}`).join(', ')},
    coalesce(execution_result, 'success') as execution_result, execution_time_ms, error_detail
  from rows from (json_to_recordset($3::json) as (task_id bigint, step_number int, step_type text, target_file text,
    execution_result text, execution_time_ms int, error_detail text)) with ordinality as x(task_id, step_number, step_type,
    target_file, execution_result, execution_time_ms, error_detail, place)`;

/** In the order of {@link sentSteps}, with the two times after it. */
const columns = `task_id, step_number, step_type, target_file, ${hashColumns.join(', ')}, execution_result, execution_time_ms,
    error_detail, created_at, updated_at`;

/** Writes the steps in \`steps\` of the tasks in \`held\` where the ledger has none of them yet. $2 is now. */
export const insertSteps = `
  insert into jr_step_rewards (${columns})
  select s.*, $2, $2 from steps s where s.task_id = any(array(select id from held))`;

/** The same for {@link endSteps}, as {@link toStepEnd} makes them: the ledger has the rest. */
export const sentStepEnds = `
  select task_id, step_number, coalesce(execution_result, 'success') as execution_result, execution_time_ms, error_detail
  from json_to_recordset($3::json) as x(task_id bigint, step_number int, execution_result text, execution_time_ms int,
    error_detail text)`;

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
  select s.*, $2, $2 from steps s where s.task_id = any(array(select id from held))
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

/** One step of a task as a row of {@link sentSteps}. */
export function toStepRow(lease: Lease, step: StepRecord) {
  return { ...toStepEnd(lease, step), step_type: step.stepType, target_file: step.targetFile };
}

/** What became of one step as a row of {@link sentStepEnds}. What is null, and what most say, is left out. */
export function toStepEnd({ taskId }: Lease, step: StepRecord) {
  return {
    task_id: taskId,
    step_number: step.stepNumber,
    execution_result: step.executionResult === 'success' ? undefined : step.executionResult,
    execution_time_ms: step.executionTimeMs ?? undefined,
    error_detail: step.errorDetail ?? undefined,
  };
}

/** The hashes of steps for {@link sentSteps}, each in its place; where there is none, zeros. */
export function hashesOf(steps: readonly StepRecord[]): Buffer {
  const bytes = Buffer.alloc(steps.length * hashColumns.length * hashBytes);
  let at = 0;
  for (const { contentHash, beforeSha256, afterSha256 } of steps)
    for (const hash of [contentHash, beforeSha256, afterSha256]) {
      if (hash !== null && bytes.write(hash, at, hashBytes, 'hex') !== hashBytes)
        throw new Error(`${JSON.stringify(hash)} is no SHA-256 in hexadecimal.`);
      at += hashBytes;
    }
  return bytes;
}
