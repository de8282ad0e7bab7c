import type pg from 'pg';
import { redact } from '../../domain/redact.ts';
import type { ApprovalResult } from '../../ports/operations.ts';
import { hasNoOpenEntry } from './parent-rows.ts';

/**
 * One statement: the approval, the end of the entry and the task's return to the queue come together or not at all.
 * `result` still names the plan that the guards stopped and their codes; a task that waited as a whole has neither. What
 * was handed in for the Council takes the Council's word ($5), not one person's. One that only waits for its parent waits
 * for nobody's approval.
 */
const approveTaskSql = `
with task as (
  update jr_work_queue w
  set status = case when w.assigned_jr is null then 'pending' else 'assigned' end, requires_council_approval = false,
      status_message = format('approved by %s', $2::text), error_message = null, updated_at = $4
  where w.id = $1 and w.status = 'blocked' and (not w.requires_council_approval or $5)
    and not (w.parent_task_id is not null and ${hasNoOpenEntry})
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
select w.status, a.error_codes,
  w.requires_council_approval and w.status in ('pending', 'assigned', 'blocked') as for_council,
  (select d.id from jr_failed_tasks_dlq d
    where d.original_task_id = w.id and d.resolution_status in ('unresolved', 'retrying')) as entry_id
from jr_work_queue w left join approved a on true where w.id = $1`;

interface Row {
  readonly status: string;
  readonly error_codes: string[] | null;
  readonly for_council: boolean;
  readonly entry_id: number | null;
}

/**
 * See {@link import('../../ports/operations.ts').Operations.approveTask}. `db` is the pool or a transaction's client.
 *
 * @param whose one person's word, or what the votes of the Council came to
 */
export async function approveTask(
  db: pg.Pool | pg.PoolClient,
  id: number,
  approvedBy: string,
  reason: string,
  now: Date,
  whose: 'person' | 'council',
): Promise<ApprovalResult> {
  const { rows } = await db.query<Row>(approveTaskSql, [
    id,
    approvedBy,
    redact(reason),
    now,
    whose === 'council',
  ]);
  const row = rows[0];
  if (row === undefined) return { kind: 'unknown' };
  if (row.error_codes !== null) return { kind: 'approved', errorCodes: row.error_codes };
  // The snapshot of the statement still shows the state from before it.
  if (row.for_council) return { kind: 'for_council', entryId: row.entry_id };
  return { kind: 'not_waiting', status: row.status };
}
