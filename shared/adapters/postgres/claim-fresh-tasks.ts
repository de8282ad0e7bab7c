import type pg from 'pg';
import type { ClaimedTask, ClaimRequest } from '../../ports/ledger.ts';
import { oftenSent } from './often-sent.ts';

interface Row {
  id: number;
  task_key: string;
  title: string;
  instruction_file: string | null;
  instruction_content: string | null;
  parameters: Record<string, unknown>;
  backlog: boolean;
}

/**
 * The everyday batch: nobody has tried any of its tasks before, each may run, and their Jrs have room for all. Of such
 * tasks there is nothing to be found out, so this is half the work of the statement that knows every case. It claims all
 * or none: where one of them is anything else, the other statement judges them together, as a suspect has to be claimed
 * alone. The guards are those of the other: SKIP LOCKED and the status, the epoch counted up from itself (invariant 3),
 * and `jr_room_for`, which keeps the room of the Jrs until this statement commits, asked in the order of their names.
 */
const claimFreshTasksSql = `
with asked as materialized (
  select w.id, w.assigned_jr from jr_work_queue w
  where w.id = any($1::bigint[]) and w.status in ('pending', 'assigned') and w.attempt_count = 0 and w.lease_epoch = 0
    and not w.requires_council_approval and w.parent_task_id is null
    and (w.not_before is null or w.not_before <= $2)
    and not exists (select 1 from jr_control where name = 'claims_paused' and value = 'true')
    and w.id <> all (array(select task_id from jr_task_attempts where task_id = any($1::bigint[])))
    and w.id <> all (array(select original_task_id from jr_failed_tasks_dlq
      where original_task_id = any($1::bigint[]) and resolution_status in ('unresolved', 'retrying')))
  for update skip locked
), rooms as materialized (
  select jr_name, tasks, jr_room_for(jr_name, $2, tasks) as room from (
    select assigned_jr as jr_name, count(*) as tasks from asked
    where assigned_jr is not null and (select count(*) from asked) = cardinality($1::bigint[])
    group by assigned_jr order by assigned_jr) jrs
), claimed as (
  update jr_work_queue w
  set status = 'in_progress', lease_epoch = w.lease_epoch + 1, lease_expires_at = $3, attempt_count = 1,
      function_request_id = $4, started_at = $2, progress_percent = 0, status_message = 'planning',
      error_message = null, updated_at = $2
  where w.id = any(array(select id from asked)) and (select count(*) from asked) = cardinality($1::bigint[])
    and not exists (select 1 from rooms where room < tasks)
  returning w.id, w.task_key, w.title, w.instruction_file, w.instruction_content, w.parameters,
    w.sacred_fire_priority, w.priority, w.created_at
)
select id, task_key, title, instruction_file, instruction_content, parameters,
  (select backlog or unassigned from jr_dispatch) or exists (select 1 from rooms where room <= tasks) as backlog
from claimed
order by sacred_fire_priority desc, priority, created_at, id`;

/** Claims the tasks where all of them are fresh; null where they are not, and nothing was claimed. */
export async function claimFreshTasks(
  pool: pg.Pool,
  { taskIds, now, leaseUntil, functionRequestId }: ClaimRequest,
): Promise<{ tasks: ClaimedTask[]; backlog: boolean } | null> {
  const { rows } = await pool.query<Row>(
    oftenSent('claim_fresh_tasks', claimFreshTasksSql, [taskIds, now, leaseUntil, functionRequestId]),
  );
  const [first] = rows;
  if (first === undefined) return null;
  const tasks = rows.map(row => ({
    // Of a fresh task the statement knows no other lease to write: nothing of it has to be asked back.
    lease: { taskId: row.id, epoch: 1, attempt: 1, expiresAt: leaseUntil },
    taskKey: row.task_key,
    title: row.title,
    instructionFile: row.instruction_file,
    instructionContent: row.instruction_content,
    parameters: row.parameters,
    evidence: [],
    approvals: [],
    entry: null,
  }));
  return { tasks, backlog: first.backlog };
}
