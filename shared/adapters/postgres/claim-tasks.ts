import type pg from 'pg';
import type { ClaimRequest, Claims } from '../../ports/ledger.ts';
import { crashes, endUnended, lastCrashed, nextNumber } from './attempt-rows.ts';
import { claimFreshTasks } from './claim-fresh-tasks.ts';
import { type ClaimRow, toClaims } from './claim-rows.ts';
import { insertCouncilEntries, openEntryJson, waitsForCouncil } from './entry-rows.ts';
import { beingWritten, evidenceJson, nobodyGoesOn } from './half-written.ts';
import { oftenSent } from './often-sent.ts';
import { setAsideForParent, waitsForParent } from './parent-rows.ts';
import { nobodyHolds } from './waiting-rows.ts';

const notPaused = `not exists (select 1 from jr_control where name = 'claims_paused' and value = 'true')`;

const isPoison = `(w.status = 'in_progress' and w.lease_expires_at <= $2 and ${crashes} >= $6)`;

/** Whether a task waits for an attempt. */
const waits = `(w.status in ('pending', 'assigned')
      or (w.status = 'in_progress' and w.lease_expires_at <= $2 and ${crashes} < $6)
      or (w.status = 'failed' and exists (select 1 from jr_failed_tasks_dlq d
        where d.original_task_id = w.id and d.resolution_status = 'retrying'
          and d.next_retry_timestamp <= $2 and d.created_at > $5)))
    and not w.requires_council_approval
    and not (w.status in ('pending', 'assigned') and ${waitsForParent})`;

/** Whether one may begin now, as far as its Jr has room. */
const mayRun = `(w.not_before is null or w.not_before <= $2) and ${notPaused}`;

/** When to look again at a task whose row somebody else holds at this moment: what holds one is short or dead. */
const heldFor = `interval '30 seconds'`;

/**
 * One statement for the batch. Two invocations racing for a task: SKIP LOCKED and the status guard let one have it.
 * The epoch is counted up from itself, never from the lease (invariant 3). A task found running with its lease run
 * out died without a word: that attempt is ended as crashed (invariant 9). Attempts are numbered on from those that
 * there are, also where somebody set the count back by SQL. A task that somebody set to in_progress
 * by SQL has no lease and is left to them.
 * A suspect, whose last attempt crashed, is claimed alone and the others are deferred: if it kills its process again, it
 * takes nobody with it.
 * Nothing is answered as though it were not there because its row is locked: who holds it may be dead, and this bell the
 * last one (invariant 1).
 * `jr_room` locks the Jr until this statement commits and counts only then, so that claims of the same Jr go one after
 * another and see what the one before has begun: capacity is exact. Jrs are asked in the order of their names, as
 * everybody does who locks several: no deadlocks. What has a bell and may not run now gives it back.
 */
const claimTasksSql = `
with found as (
  select w.id, w.status, w.assigned_jr, w.sacred_fire_priority, w.priority, w.created_at, ${mayRun} as may_run,
    w.attempt_count, w.lease_epoch, w.lease_expires_at, w.started_at, w.function_request_id,
    w.status = 'in_progress' or ${lastCrashed} as suspect
  from jr_work_queue w
  where w.id = any($1::bigint[])
    and ${waits}
    and not ${beingWritten('$2')}
  for update skip locked
), entries as materialized (
  select d.original_task_id as task_id from jr_failed_tasks_dlq d
  where d.original_task_id = any(array(select id from found)) and d.resolution_status = 'retrying'
  for update skip locked
), asked as materialized (
  -- Who keeps the entry of a retry locked keeps nobody else of the batch waiting.
  select f.* from found f
  where f.id in (select task_id from entries) or not exists (select 1 from jr_failed_tasks_dlq d
    where d.original_task_id = f.id and d.resolution_status = 'retrying')
), rooms as materialized (
  select jr_name, jr_room(jr_name, $2) as room from (
    select distinct assigned_jr as jr_name from asked
    where may_run and status <> 'in_progress' and assigned_jr is not null order by 1) jrs
), ranked as materialized (
  select a.id, a.suspect, a.assigned_jr, r.room, row_number() over (partition by a.assigned_jr
    order by a.sacred_fire_priority desc, a.priority, a.created_at, a.id) as place
  from asked a left join rooms r on r.jr_name = a.assigned_jr
  where a.may_run and a.status <> 'in_progress'
), candidates as (
  select id, suspect from ranked where room is null or place <= room
  union all
  -- Counted among the running ones already.
  select id, suspect from asked where may_run and status = 'in_progress'
), put_back as (
  update jr_work_queue w set dispatched_at = null, updated_at = $2
  from asked a where w.id = a.id and a.status in ('pending', 'assigned') and w.dispatched_at is not null
    and a.id not in (select id from candidates)
), torn as (
  select w.id, ${isPoison} as poison
  from jr_work_queue w join jr_task_checkpoints k on k.task_id = w.id
  where w.id = any($1::bigint[]) and (k.writable_until is null or k.writable_until <= $2)
    and (${nobodyGoesOn} or ${isPoison}) and ${notPaused}
  for update of w, k skip locked
), fenced as (
  update jr_work_queue w set lease_epoch = w.lease_epoch + 1, updated_at = $2
  from torn where w.id = torn.id
  returning w.id, w.lease_epoch, w.attempt_count, torn.poison
), held_back as (
  update jr_task_checkpoints k set writable_until = $3, rollbacks = k.rollbacks + 1, updated_at = $2
  from torn where k.task_id = torn.id
), due as (
  select id from candidates where not exists (select 1 from candidates where suspect)
  union all
  select min(id) from candidates where suspect having count(*) > 0
), claimed as (
  update jr_work_queue w
  set status = 'in_progress', lease_epoch = w.lease_epoch + 1, lease_expires_at = $3,
      attempt_count = ${nextNumber}, function_request_id = $4,
      started_at = $2, progress_percent = 0, status_message = 'planning',
      error_message = null, updated_at = $2
  from due where w.id = due.id
  returning w.id, w.task_key, w.title, w.instruction_file, w.instruction_content, w.parameters, w.lease_epoch,
    w.attempt_count, w.lease_expires_at, w.sacred_fire_priority, w.priority, w.created_at
), for_council as (
  -- Inserted by SQL: the intake blocks them itself.
  update jr_work_queue w set status = 'blocked', status_message = '${waitsForCouncil}', updated_at = $2
  from ${nobodyHolds('$1', 'w.requires_council_approval')}
  where w.id = free.id
  returning w.id
), for_parent as (
  update jr_work_queue w set ${setAsideForParent}
  from ${nobodyHolds('$1', `not w.requires_council_approval and ${waitsForParent}`)}
  where w.id = free.id
), council as (${insertCouncilEntries('for_council')}
), crashed as (
${endUnended(
  'asked',
  'crashed',
  '$2',
  `'The attempt ended without a word: its process died or was frozen until its lease ran out.'`,
  'w.id in (select id from claimed)',
)}
), crowded as (
  select id from asked where may_run and status = 'failed' and id not in (select id from candidates)
), fired as (
  -- What is rung again for want of room no sweep has to ring for besides.
  update jr_failed_tasks_dlq d set last_retry_timestamp = $2, updated_at = $2
  from (select id from claimed union all select id from crowded) c
  where d.original_task_id = c.id and d.resolution_status = 'retrying'
)
select c.id, c.task_key, c.title, c.instruction_file, c.instruction_content, c.parameters, c.lease_epoch,
  c.attempt_count, c.lease_expires_at, c.sacred_fire_priority, c.priority, c.created_at, 'claimed' as kind,
  case when c.lease_epoch > 1 then ${evidenceJson('c.id')} end as evidence,
  case when c.lease_epoch > 1 then (
    select jsonb_agg(jsonb_build_object('planHash', a.plan_hash, 'errorCodes', a.error_codes))
    from jr_task_approvals a where a.task_id = c.id and a.plan_hash is not null) end as approvals,
  case when c.lease_epoch > 1 then ${openEntryJson('c.id')} end as entry,
  false as poison
from claimed c
union all
select f.id, null, null, null, null, null, f.lease_epoch, f.attempt_count, $3, null, null, null, 'torn',
  ${evidenceJson('f.id')}, null, null, f.poison
from fenced f
union all
select w.id, null, null, null, null, null, null, null,
  coalesce((select greatest(w.lease_expires_at, k.writable_until) from jr_task_checkpoints k where k.task_id = w.id),
    w.lease_expires_at), null, null, null,
  case when w.lease_expires_at > $2 or ${beingWritten('$2')} then 'busy' else 'poison' end, null, null, null, null
from jr_work_queue w
where w.id = any($1::bigint[]) and w.status = 'in_progress' and (w.lease_expires_at > $2 or ${crashes} >= $6)
  and w.id not in (select id from torn)
union all
select w.id, null, null, null, null, null, null, null,
  greatest($2 + ${heldFor}, (select k.writable_until from jr_task_checkpoints k where k.task_id = w.id)),
  null, null, null, 'busy', null, null, null, null
from jr_work_queue w
where w.id = any($1::bigint[]) and ((${waits} and ${mayRun}) or (${nobodyGoesOn} and ${notPaused}
    and exists (select 1 from jr_task_checkpoints k where k.task_id = w.id)))
  and w.id not in (select id from asked) and w.id not in (select id from torn)
union all
select w.id, null, null, null, null, null, w.lease_epoch, null, null, null, null, null, 'completed', null, null, null, null
from jr_work_queue w where w.id = any($1::bigint[]) and w.status = 'completed'
union all
select asked, null, null, null, null, null, null, null, null, null, null, null, 'unknown', null, null, null, null
from unnest($1::bigint[]) as asked where not exists (select 1 from jr_work_queue w where w.id = asked)
union all
select id, null, null, null, null, null, null, null, null, null, null, null, 'deferred', null, null, null, null
from candidates where id not in (select id from due)
union all
select id, null, null, null, null, null, null, null, null, null, null, null, 'crowded', null, null, null, null
from crowded
union all
select null, null, null, null, null, null, null, null, null, null, null, null, 'backlog', null, null, null, null
where exists (select 1 from jr_dispatch where backlog or unassigned) or exists (select 1 from ranked where place >= room)
order by sacred_fire_priority desc, priority, created_at, id`;

const nothing = { busy: [], poison: [], deferred: [], crowded: [], torn: [], completed: [], unknown: [] };

/** Claims what may run now of the given tasks, where nobody keeps one of their Jrs locked. */
export async function claimTasks(pool: pg.Pool, request: ClaimRequest): Promise<Claims> {
  const fresh = await claimFreshTasks(pool, request);
  if (fresh !== null) return { ...nothing, ...fresh };
  const { taskIds, now, leaseUntil, functionRequestId, oldestEntry, maxCrashes } = request;
  const { rows } = await pool.query<ClaimRow>(
    oftenSent('claim_tasks', claimTasksSql, [
      taskIds,
      now,
      leaseUntil,
      functionRequestId,
      oldestEntry,
      maxCrashes,
    ]),
  );
  return toClaims(rows);
}
