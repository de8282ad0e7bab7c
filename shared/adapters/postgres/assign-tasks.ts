import type pg from 'pg';
import { type AvailableJr, type UnassignedTask, wishesOf } from '../../domain/assignment.ts';
import type { DispatchLedger, ServiceRequest } from '../../ports/dispatch-ledger.ts';

/** What waits for a Jr and is due, written so that its partial index serves. `$1` is the time. */
export const unassignedWhere = `w.status in ('pending', 'assigned') and w.dispatched_at is null
  and w.assigned_jr is null and coalesce(w.not_before, '-infinity'::timestamptz) <= $1`;

/** Who can be given tasks. `$1` is the time since which they have to have been seen. */
export const availableWhere = 's.is_online and s.in_service and s.last_seen >= $1';

const unassignedSql = `
select w.id, w.tags, w.parameters from jr_work_queue w
where ${unassignedWhere}
order by w.sacred_fire_priority desc, w.priority, w.created_at, w.id limit $2`;

/** Counts up to the capacity only: how far somebody is beyond it does not matter. */
const loadOf = (status: string) => `(select count(*) from (
  select 1 from jr_work_queue w where w.assigned_jr = s.jr_name and ${status} limit s.max_concurrent) counted)`;

const availableSql = `
with rung as materialized (
  select assigned_jr, count(*) as n from jr_work_queue
  where status in ('pending', 'assigned') and dispatched_at is not null and assigned_jr is not null
  group by assigned_jr
)
select s.jr_name as name, s.max_concurrent as capacity, s.specialties, s.last_assigned_at as "lastAssignedAt",
  (coalesce(r.n, 0) + ${loadOf(`w.status in ('pending', 'assigned') and w.dispatched_at is null`)}
    + ${loadOf(`w.status = 'in_progress'`)})::int as load
from jr_status s left join rung r on r.assigned_jr = s.jr_name
where ${availableWhere}`;

/**
 * The rows of the Jrs are locked in the order of their names, as everybody does who locks several: no deadlocks.
 * A status 'assigned' without a Jr can only have come by SQL, and would wait for ever.
 */
const assignSql = `
with free as (
  select w.id, g.jr_name
  from unnest($1::bigint[], $2::text[]) as g(id, jr_name) join jr_work_queue w on w.id = g.id
  where w.assigned_jr is null and w.status in ('pending', 'assigned')
  for update of w skip locked
), assigned as (
  update jr_work_queue w
  set assigned_jr = f.jr_name, status = 'assigned', assigned_at = $3, updated_at = $3
  from free f where w.id = f.id
  returning w.assigned_jr
), locked as (
  select jr_name from jr_status where jr_name = any($2) order by jr_name for no key update
), served as (
  update jr_status s set last_assigned_at = $3 from locked l where s.jr_name = l.jr_name
)
select count(*)::int as assigned from assigned`;

/** Gives Jrs to tasks that have none. The caller sees to it that nobody else does so at the same time. */
export async function assignInTurn(
  client: pg.PoolClient,
  { now, seenSince, assignAtMost }: ServiceRequest,
  assign: Parameters<DispatchLedger['serve']>[1],
): Promise<number> {
  const { rows } = await client.query<{
    id: number;
    tags: string[];
    parameters: Record<string, unknown>;
  }>(unassignedSql, [now, assignAtMost]);
  if (rows.length === 0) return 0;
  const tasks: UnassignedTask[] = rows.map(({ id, tags, parameters }) => ({
    id,
    wants: wishesOf(tags, parameters),
  }));
  const available = await client.query<AvailableJr>(availableSql, [seenSince]);
  const given = assign(tasks, available.rows);
  if (given.length === 0) return 0;
  const values = [given.map(({ taskId }) => taskId), given.map(({ jrName }) => jrName), now];
  const answer = await client.query<{ assigned: number }>(assignSql, values);
  return answer.rows[0]?.assigned ?? 0;
}
