import type pg from 'pg';
import { type AvailableJr, type UnassignedTask, wishesOf } from '../../domain/assignment.ts';
import type { DispatchLedger, ServiceRequest } from '../../ports/dispatch-ledger.ts';

/** What waits for a Jr and is due, written so that its partial index serves. `$1` is the time. */
export const unassignedWhere = `w.status in ('pending', 'assigned') and w.dispatched_at is null
  and w.assigned_jr is null and coalesce(w.not_before, '-infinity'::timestamptz) <= $1`;

/** Who can be given tasks. `$1` is the time since which they have to have been seen. */
export const availableWhere = 's.is_online and s.in_service and s.last_seen >= $1';

/** Those that somebody holds at this moment are left to the next who comes. Most tasks wish for nothing: null. */
const unassignedSql = `
select w.id, nullif(w.tags, '{}') as tags, nullif(w.parameters, '{}') as parameters from jr_work_queue w
where ${unassignedWhere}
order by w.sacred_fire_priority desc, w.priority, w.created_at, w.id limit $2
for update skip locked`;

/** How many of these tasks each Jr has. */
const held = (where: string) => `
    select assigned_jr, count(*) as n from jr_work_queue
    where ${where} and assigned_jr is not null group by assigned_jr`;

/**
 * The load is counted for all Jrs at once, each part by its own partial index, in whose order the Jrs are, so that nothing
 * is sorted: the planner's statistics of what waits are always old, and asked for each Jr it walks through everybody's
 * tasks each time.
 */
const availableSql = `
with held as materialized (
  select assigned_jr, sum(n) as n from (${[
    `status in ('pending', 'assigned') and dispatched_at is null`,
    `status in ('pending', 'assigned') and dispatched_at is not null`,
    `status = 'in_progress'`,
  ]
    .map(held)
    .join('\n    union all')}) parts
  group by assigned_jr
)
select s.jr_name as name, s.max_concurrent as capacity, s.specialties, s.last_assigned_at as "lastAssignedAt",
  coalesce(h.n, 0)::int as load
from jr_status s left join held h on h.assigned_jr = s.jr_name
where ${availableWhere}`;

/**
 * `$2` is an object from ids to names. Joined to the tasks instead, it would be walked through for each of them wherever
 * the planner, whose statistics of what waits are always old, takes them for few.
 * When it was given a task last is told of no Jr that somebody has locked: it decides among equals, and is not waited for.
 * A status 'assigned' without a Jr can only have come by SQL, and would wait for ever.
 */
const assignSql = `
with assigned as (
  update jr_work_queue w
  set assigned_jr = $2::jsonb ->> w.id::text, status = 'assigned', assigned_at = $3, updated_at = $3
  where w.id = any($1::bigint[]) and w.assigned_jr is null and w.status in ('pending', 'assigned')
  returning w.assigned_jr
), locked as (
  select jr_name from jr_status where jr_name = any($4) for no key update skip locked
), served as (
  update jr_status s set last_assigned_at = $3 from locked l where s.jr_name = l.jr_name
)
select count(*)::int as assigned from assigned`;

const noteUnassignedSql = 'update jr_dispatch set unassigned = $1 where unassigned <> $1';

/** Gives Jrs to tasks that have none. The caller sees to it that nobody else does so at the same time. */
export async function assignInTurn(
  client: pg.PoolClient,
  { now, seenSince, assignAtMost }: ServiceRequest,
  assign: Parameters<DispatchLedger['serve']>[1],
): Promise<number> {
  const { rows: jrs } = await client.query<AvailableJr>(availableSql, [seenSince]);
  const room = jrs.reduce((sum, { capacity, load }) => sum + Math.max(0, capacity - load), 0);
  // With no room one is looked at all the same, to know that there is one.
  const limit = Math.max(1, Math.min(assignAtMost, room));
  const { rows } = await client.query<{
    id: number;
    tags: string[] | null;
    parameters: Record<string, unknown> | null;
  }>(unassignedSql, [now, limit]);
  const tasks: UnassignedTask[] = rows.map(({ id, tags, parameters }) => ({
    id,
    wants: wishesOf(tags ?? [], parameters ?? {}),
  }));
  const given = assign(tasks, jrs);
  await client.query(noteUnassignedSql, [rows.length === limit || given.length < rows.length]);
  if (given.length === 0) return 0;
  // Written by hand: an object whose keys are thousands of numbers takes JavaScript seven times as long.
  const jrNames = given.map(({ taskId, jrName }) => `"${taskId}":${JSON.stringify(jrName)}`);
  const values = [
    given.map(({ taskId }) => taskId),
    `{${jrNames.join(',')}}`,
    now,
    [...new Set(given.map(({ jrName }) => jrName))],
  ];
  const answer = await client.query<{ assigned: number }>(assignSql, values);
  return answer.rows[0]?.assigned ?? 0;
}
