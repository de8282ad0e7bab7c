import type pg from 'pg';
import type { Approval } from '../../domain/task.ts';
import type { ClaimRequest, Claims, StepEvidence } from '../../ports/ledger.ts';
import {
  type EntryJson,
  insertCouncilEntries,
  openEntry,
  openEntryJson,
  waitsForCouncil,
} from './entry-rows.ts';

interface Row {
  id: number;
  task_key: string;
  title: string;
  instruction_file: string | null;
  instruction_content: string | null;
  parameters: Record<string, unknown>;
  lease_epoch: number;
  attempt_count: number;
  lease_expires_at: Date;
  kind: 'claimed' | 'busy' | 'poison' | 'deferred';
  entry: EntryJson | null;
  evidence: StepEvidence[] | null;
  approvals: Approval[] | null;
}

/** Crashes of a task, the attempt included that is open while its lease has run out. */
const crashes = `(select count(*) from jr_task_attempts a
        where a.task_id = w.id and (a.outcome = 'crashed' or a.outcome is null))`;

/**
 * One statement for the batch. Two invocations racing for a task: SKIP LOCKED and the status guard let one have it.
 * The epoch is counted up from itself, never from the lease (invariant 3). A task found running with its lease run
 * out died without a word: that attempt is closed as crashed (invariant 9). Attempts are numbered on from those that
 * there are, also where somebody set the count back by SQL. A task that somebody set to in_progress
 * by SQL has no lease and is left to them.
 * A suspect, whose last attempt crashed, is claimed alone and the others are deferred: if it kills its process again, it
 * takes nobody with it.
 */
const claimTasksSql = `
with candidates as (
  select w.id, w.status = 'in_progress' or (w.status = 'failed' and exists (select 1 from jr_failed_tasks_dlq d
    where d.original_task_id = w.id and d.resolution_status = 'retrying' and d.error_code = 'CRASHED')) as suspect
  from jr_work_queue w
  where w.id = any($1::bigint[])
    and (w.status in ('pending', 'assigned')
      or (w.status = 'in_progress' and w.lease_expires_at <= $2 and ${crashes} < $6)
      or (w.status = 'failed' and exists (select 1 from jr_failed_tasks_dlq d
        where d.original_task_id = w.id and d.resolution_status = 'retrying'
          and d.next_retry_timestamp <= $2 and d.created_at > $5)))
    and (w.not_before is null or w.not_before <= $2)
    and not w.requires_council_approval
    and not exists (select 1 from jr_control where name = 'claims_paused' and value = 'true')
  for update skip locked
), due as (
  select id from candidates where not exists (select 1 from candidates where suspect)
  union all
  select min(id) from candidates where suspect having count(*) > 0
), claimed as (
  update jr_work_queue w
  set status = 'in_progress', lease_epoch = w.lease_epoch + 1, lease_expires_at = $3,
      attempt_count = 1 + greatest(w.attempt_count,
        (select max(a.attempt) from jr_task_attempts a where a.task_id = w.id)),
      started_at = $2, progress_percent = 0, status_message = 'planning',
      error_message = null, updated_at = $2
  from due where w.id = due.id
  returning w.id, w.task_key, w.title, w.instruction_file, w.instruction_content, w.parameters, w.lease_epoch,
    w.attempt_count, w.lease_expires_at, w.sacred_fire_priority, w.priority, w.created_at
), for_council as (
  -- Inserted by SQL: the intake blocks them itself.
  update jr_work_queue w set status = 'blocked', status_message = '${waitsForCouncil}', updated_at = $2
  where w.id = any($1::bigint[]) and w.status in ('pending', 'assigned') and w.requires_council_approval
  returning w.id
), council as (${insertCouncilEntries('for_council')}
), crashed as (
  update jr_task_attempts a
  set outcome = 'crashed', ended_at = $2, error_code = 'CRASHED',
      error_message = 'The attempt ended without a word: its process died or was frozen until its lease ran out.'
  from claimed c where a.task_id = c.id and a.outcome is null
), fired as (
  update jr_failed_tasks_dlq d set last_retry_timestamp = $2, updated_at = $2
  from claimed c where d.original_task_id = c.id and d.resolution_status = 'retrying'
), attempts as (
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, function_request_id)
  select id, attempt_count, lease_epoch, $2, $4 from claimed
)
select c.id, c.task_key, c.title, c.instruction_file, c.instruction_content, c.parameters, c.lease_epoch,
  c.attempt_count, c.lease_expires_at, c.sacred_fire_priority, c.priority, c.created_at, 'claimed' as kind,
  case when c.attempt_count > 1 then (
    select jsonb_agg(jsonb_build_object('stepNumber', s.step_number, 'contentHash', s.step_content_hash,
      'targetFile', s.target_file, 'beforeSha256', s.before_sha256, 'afterSha256', s.after_sha256)
      order by s.step_number)
    from jr_step_rewards s where s.task_id = c.id) end as evidence,
  case when c.attempt_count > 1 then (
    select jsonb_agg(jsonb_build_object('planHash', a.plan_hash, 'errorCodes', a.error_codes))
    from jr_task_approvals a where a.task_id = c.id and a.plan_hash is not null) end as approvals,
  case when c.attempt_count > 1 then ${openEntryJson('c.id')} end as entry
from claimed c
union all
select w.id, null, null, null, null, null, null, null, w.lease_expires_at, null, null, null,
  case when w.lease_expires_at > $2 then 'busy' else 'poison' end, null, null, null
from jr_work_queue w
where w.id = any($1::bigint[]) and w.status = 'in_progress' and (w.lease_expires_at > $2 or ${crashes} >= $6)
union all
select id, null, null, null, null, null, null, null, null, null, null, null, 'deferred', null, null, null
from candidates where id not in (select id from due)
order by sacred_fire_priority desc, priority, created_at, id`;

/** Claims what may run now of the given tasks. */
export async function claimTasks(pool: pg.Pool, request: ClaimRequest): Promise<Claims> {
  const { taskIds, now, leaseUntil, functionRequestId, oldestEntry, maxCrashes } = request;
  const { rows } = await pool.query<Row>(claimTasksSql, [
    taskIds,
    now,
    leaseUntil,
    functionRequestId,
    oldestEntry,
    maxCrashes,
  ]);
  const of = (kind: Row['kind']) => rows.filter(row => row.kind === kind);
  const busy = of('busy').map(row => ({ taskId: row.id, leaseExpiresAt: row.lease_expires_at }));
  const poison = of('poison').map(({ id }) => id);
  const deferred = of('deferred').map(({ id }) => id);
  const tasks = of('claimed').map(row => ({
    lease: {
      taskId: row.id,
      epoch: row.lease_epoch,
      attempt: row.attempt_count,
      expiresAt: row.lease_expires_at,
    },
    taskKey: row.task_key,
    title: row.title,
    instructionFile: row.instruction_file,
    instructionContent: row.instruction_content,
    parameters: row.parameters,
    evidence: row.evidence ?? [],
    approvals: row.approvals ?? [],
    entry: openEntry(row.entry),
  }));
  return { tasks, busy, poison, deferred };
}
