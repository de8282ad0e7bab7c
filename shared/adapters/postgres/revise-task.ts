import type pg from 'pg';
import type { Overrides } from '../../domain/drain-request.ts';
import { redact } from '../../domain/redact.ts';
import type { Signature } from '../../ports/operations.ts';
import { toJson } from './to-json.ts';

/** Version 1 is the task as it was handed in; each change adds one with who and why. */
const reviseTaskSql = `
with first as (
  insert into jr_task_revisions (task_id, version, instruction_file, instruction_content, assigned_jr, parameters, changed_at)
  select w.id, 1, w.instruction_file, w.instruction_content, w.assigned_jr, w.parameters, w.created_at
  from jr_work_queue w where w.id = $1
  on conflict do nothing
), task as (
  update jr_work_queue w
  set instruction_content = coalesce($2, w.instruction_content), assigned_jr = coalesce($3, w.assigned_jr),
    parameters = case when $4::jsonb is null then w.parameters else w.parameters || jsonb_build_object('limits', $4::jsonb) end
  where w.id = $1
  returning w.*
)
insert into jr_task_revisions (task_id, version, instruction_file, instruction_content, assigned_jr, parameters,
  changed_by, reason, changed_at)
select t.id, 1 + greatest(1, (select max(version) from jr_task_revisions r where r.task_id = t.id)), t.instruction_file,
  t.instruction_content, t.assigned_jr, t.parameters, $5, $6, $7
from task t`;

const halfWrittenSql = 'select 1 from jr_task_checkpoints where task_id = $1';
const jrsSql = 'select jr_name from jr_status order by jr_name';

/**
 * Changes a task whose lock the caller holds, and keeps what it was. Changes nothing when nothing is overridden. Answers
 * why it cannot be changed so.
 */
export async function reviseTask(
  client: pg.PoolClient,
  taskId: number,
  { instructionContent, assignedJr, limits }: Overrides,
  { by, reason }: Signature,
  now: Date,
): Promise<string | null> {
  if (instructionContent === null && assignedJr === null && limits === null) return null;
  // Only the document that wrote them knows how to put its files back (invariant 4).
  if (instructionContent !== null && (await client.query(halfWrittenSql, [taskId])).rowCount !== 0) {
    return `Task ${taskId} left files half-written: they are put back within minutes, then its document can be changed.`;
  }
  if (assignedJr !== null) {
    const { rows } = await client.query<{ jr_name: string }>(jrsSql);
    const names = rows.map(row => row.jr_name);
    if (!names.includes(assignedJr)) {
      return `assigned_jr: ${JSON.stringify(assignedJr)} is not a registered Jr; registered are ${names
        .map(name => JSON.stringify(name))
        .join(', ')}.`;
    }
  }
  await client.query(reviseTaskSql, [
    taskId,
    instructionContent,
    assignedJr,
    limits === null ? null : toJson(limits),
    redact(by),
    reason === null ? null : redact(reason),
    now,
  ]);
  return null;
}
