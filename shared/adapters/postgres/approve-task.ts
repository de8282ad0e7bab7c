import type pg from 'pg';
import { redact } from '../../domain/redact.ts';
import type { ApprovalResult } from '../../ports/operations.ts';
import { hasNoOpenEntry } from './parent-rows.ts';

/**
 * One statement: the approval, the end of the entry and the task's return to the queue come together or not at all. `result` still names
 * the plan that the guards stopped and their codes; a task that waited as a whole has neither; one that was
 * inserted by SQL may wait so without being blocked. One that only waits for its parent waits for nobody's approval.
 */
const approveTaskSql = `
with task as (
  update jr_work_queue w
  set status = case when w.assigned_jr is null then 'pending' else 'assigned' end, requires_council_approval = false,
      status_message = format('approved by %s', $2::text), error_message = null, updated_at = $4
  where w.id = $1
    and ((w.status = 'blocked' and not (w.parent_task_id is not null and ${hasNoOpenEntry})) or (w.status in ('pending', 'assigned') and w.requires_council_approval))
  returning w.id, w.result
), entry as (
  update jr_failed_tasks_dlq d
  set resolution_status = 'resolved', resolved_at = $4, updated_at = $4,
      resolution_notes = format('approved by %s: %s', $2::text, $3::text)
  from task t where d.original_task_id = t.id and d.resolution_status in ('unresolved', 'retrying')
), approved as (
  insert into jr_task_approvals (task_id, plan_hash, error_codes, approved_by, reason, approved_at)
  select id, result -> 'approval_needed' ->> 'plan_hash',
    array(select jsonb_array_elements_text(coalesce(result -> 'approval_needed' -> 'error_codes', '[]'))), $2, $3, $4
  from task
  returning error_codes
)
select w.status, a.error_codes from jr_work_queue w left join approved a on true where w.id = $1`;

/** See {@link import('../../ports/operations.ts').Operations.approveTask}. `db` is the pool or a transaction's client. */
export async function approveTask(
  db: pg.Pool | pg.PoolClient,
  id: number,
  approvedBy: string,
  reason: string,
  now: Date,
): Promise<ApprovalResult> {
  const { rows } = await db.query<{ status: string; error_codes: string[] | null }>(approveTaskSql, [
    id,
    approvedBy,
    redact(reason),
    now,
  ]);
  const row = rows[0];
  if (row === undefined) return { kind: 'unknown' };
  // The snapshot of the statement still shows the state from before it.
  if (row.error_codes === null) return { kind: 'not_waiting', status: row.status };
  return { kind: 'approved', errorCodes: row.error_codes };
}
