import type pg from 'pg';
import type { RepairKind } from '../../ports/health-ledger.ts';
import { endUnended, isUnended } from './attempt-rows.ts';
import { hasNoOpenEntry } from './parent-rows.ts';

/** Gives each task of `found` (id, reason, level) the entry that it lacks, with the person of that level. */
const addEntry = (code: string, errorClass: string) => `
insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
  assigned_escalation_target, resolution_status, raised_at, created_at, updated_at)
select id, reason, '${code}', '${errorClass}', level, case level when 2 then 'TPM' else 'Council' end, 'unresolved', $1, $1, $1
from found
on conflict do nothing
returning original_task_id as task_id`;

/** Open entries `d` of tasks `w` that are found by `where`, locked with their tasks; what somebody has in hand is left to the next sweep. */
const openEntries = (where: string) => `
with found as (
  select d.id from jr_work_queue w join jr_failed_tasks_dlq d on d.original_task_id = w.id
  where d.resolution_status in ('unresolved', 'retrying') and ${where}
  order by w.id limit $2
  for update of w, d skip locked
)
update jr_failed_tasks_dlq d
`;

/** Only while it is still open, whoever has dealt with it meanwhile. */
const stillOpen = `
from found where d.id = found.id and d.resolution_status in ('unresolved', 'retrying')
returning d.original_task_id as task_id`;

const close = (status: string, notes: string) => `
set resolution_status = ${status}, resolution_notes = ${notes}, resolved_at = $1, next_retry_timestamp = null,
    updated_at = $1`;

/**
 * Where task, entry and attempt disagree (invariant 8), one statement for each way. No statement of ours leaves such
 * rows; SQL by hand does. What runs under a lease is not touched: its end settles all of it. $1 is now, $2 the limit.
 */
const repairs: Record<RepairKind, string> = {
  entry_of_ended_task: `${openEntries(`w.status in ('completed', 'cancelled')`)}${close(
    `case (select w.status from jr_work_queue w where w.id = d.original_task_id)
      when 'completed' then 'resolved' else 'abandoned' end`,
    `'its task had ended'`,
  )}${stillOpen}`,

  // Whoever set the task back has done what a replay does.
  entry_of_waiting_task: `${openEntries(
    `d.resolution_status = 'unresolved' and w.status in ('pending', 'assigned')`,
  )}${close(`'resolved'`, `'its task was put back among those that wait'`)}${stillOpen}`,

  // A person who has an entry retried by SQL takes it back from whoever it waited for.
  entry_malformed_retry: `${openEntries(
    `d.resolution_status = 'retrying' and w.status <> 'blocked' and (d.next_retry_timestamp is null
      or d.escalation_level > 1 or d.assigned_escalation_target is not null or d.resolved_at is not null)`,
  )}
set next_retry_timestamp = coalesce(d.next_retry_timestamp, $1), escalation_level = least(d.escalation_level, 1),
    assigned_escalation_target = null, resolved_at = null, updated_at = $1${stillOpen}`,

  // Nothing retries a blocked task, and nobody but TPM and Council is asked.
  entry_malformed_question: `${openEntries(
    `(d.resolution_status = 'retrying' and w.status = 'blocked' or d.resolution_status = 'unresolved'
      and (d.next_retry_timestamp is not null or d.resolved_at is not null or d.escalation_level < 2
        or d.raised_at is null or d.assigned_escalation_target is distinct from
          case d.escalation_level when 2 then 'TPM' when 3 then 'Council' end))`,
  )}
set resolution_status = 'unresolved', escalation_level = greatest(d.escalation_level, 2),
    assigned_escalation_target = case when d.escalation_level = 3 then 'Council' else 'TPM' end,
    next_retry_timestamp = null, resolved_at = null, raised_at = coalesce(d.raised_at, $1), notified_at = null,
    updated_at = $1${stillOpen}`,

  entry_closed_without_time: `
update jr_failed_tasks_dlq d set resolved_at = $1, next_retry_timestamp = null, updated_at = $1
where d.id in (select id from jr_failed_tasks_dlq
    where resolution_status in ('resolved', 'abandoned') and resolved_at is null
    limit $2 for update skip locked)
  and d.resolution_status in ('resolved', 'abandoned') and d.resolved_at is null
returning d.original_task_id as task_id`,

  entry_missing: `
with found as (
  select w.id, coalesce(w.error_message, 'Nothing says why.')
    || ' It had failed without an entry: look at it, then replay, resolve or abandon it.' as reason, 2 as level
  from jr_work_queue w where w.status = 'failed' and ${hasNoOpenEntry}
  order by w.id limit $2
  for update of w skip locked
)${addEntry('ENTRY_MISSING', 'permanent')}`,

  // A task that waits for its parent needs no entry.
  question_missing: `
with found as (
  select w.id, 'It was blocked and nobody was asked about it: approve it to have it go on, or abandon it.' as reason,
    case when w.requires_council_approval then 3 else 2 end as level
  from jr_work_queue w where w.status = 'blocked' and w.parent_task_id is null and ${hasNoOpenEntry}
  order by w.id limit $2
  for update of w skip locked
)${addEntry('APPROVAL_REQUIRED', 'approval')}`,

  // Somebody has taken the task out of the hands of the attempt, which is fenced from here on (invariant 3).
  attempt_left_open: `
with found as (
  select * from jr_work_queue w where ${isUnended} and w.status <> 'in_progress'
  limit $2
  for update skip locked
), freed as (
  update jr_work_queue w set lease_expires_at = null, lease_epoch = w.lease_epoch + 1
  from found where w.id = found.id
)${endUnended('found', 'interrupted', '$1', `'Its task was changed while it ran.'`)}
returning task_id`,
};

/** Mends up to `limit` rows that disagree in one way. Answers the tasks that they were about. */
export async function repairRows(
  client: pg.Pool | pg.PoolClient,
  kind: RepairKind,
  now: Date,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await client.query<{ task_id: number }>(repairs[kind], [now, limit]);
  return rows.map(row => row.task_id);
}
