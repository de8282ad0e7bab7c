import type pg from 'pg';
import type { ServiceRequest } from '../../ports/dispatch-ledger.ts';
import { bellIsOut } from './bells-out.ts';
import { oftenSent } from './often-sent.ts';

/** What waits for a bell, has a Jr and is due. `$1` is the time. With `id > 0` the index over all Jrs serves. */
const nextWhere = `w.status in ('pending', 'assigned') and w.dispatched_at is null
  and w.assigned_jr is not null and coalesce(w.not_before, '-infinity'::timestamptz) <= $1`;

const orderOfService = (of: string) =>
  `${of}.sacred_fire_priority desc, ${of}.priority, ${of}.created_at, ${of}.id`;

/** So many of the front are looked at for `n` bells: to pass over the tasks of a Jr that is nearly full, and to see whether others wait. */
const looked = '2 * n + 20';

const columns = 'w.id, w.assigned_jr, w.sacred_fire_priority, w.priority, w.created_at';

/**
 * What is next. Mostly it stands at the front of all that waits; where a Jr has no room and its tasks fill the front,
 * each of the others is asked for its own next ones, so that the tasks of a full Jr are never walked through. The room
 * of a Jr is an estimate here, and exact in the claim.
 * `dispatched_at` never equals `created_at`: that would say that the submission's own message is the bell.
 */
const dispatchSql = `
with rung as materialized (
  select assigned_jr as jr_name from jr_work_queue
  where ${bellIsOut('$1')}
), taken as materialized (
  select jr_name, count(*) as n from (
    select assigned_jr as jr_name from jr_work_queue where status = 'in_progress' and assigned_jr is not null
    union all
    select jr_name from rung) t
  group by jr_name
), budget as materialized (
  select case when exists (select 1 from jr_control where name = 'claims_paused' and value = 'true') then 0
    else greatest(0, $2::int - (select count(*) from rung)) end as n
), front as materialized (
  select ${columns} from jr_work_queue w
  where ${nextWhere} and w.id > 0
  order by ${orderOfService('w')} limit (select ${looked} from budget)
), near as materialized (
  select f.id, f.assigned_jr, f.sacred_fire_priority, f.priority, f.created_at
  from (select w.*, row_number() over (partition by w.assigned_jr order by ${orderOfService('w')}) as place
    from front w) f
  join jr_status s on s.jr_name = f.assigned_jr and s.in_service
  left join taken t on t.jr_name = f.assigned_jr
  where f.place <= s.max_concurrent - coalesce(t.n, 0)
  order by ${orderOfService('f')} limit (select n from budget)
), deep as (
  select d.* from jr_status s left join taken t using (jr_name) cross join lateral (
    select ${columns} from jr_work_queue w
    where w.assigned_jr = s.jr_name and ${nextWhere}
    order by ${orderOfService('w')}
    limit greatest(0, least(s.max_concurrent - coalesce(t.n, 0), (select n from budget)))) d
  where s.in_service and (select count(*) from near) < (select n from budget)
    and (select count(*) from front) >= (select ${looked} from budget)
), picked as materialized (
  select w.* from (select * from near union select * from deep) w
  order by ${orderOfService('w')} limit (select n from budget)
), free as (
  select w.id from jr_work_queue w
  where w.id = any(array(select id from picked)) and w.status in ('pending', 'assigned') and w.dispatched_at is null
  for update skip locked
), bells as (
  update jr_work_queue w
  set dispatched_at = case when w.created_at = $1 then $1::timestamptz + interval '1 microsecond' else $1 end,
      updated_at = $1
  from free f where w.id = f.id
  returning ${columns}
), hint as (
  update jr_dispatch d set backlog = h.backlog
  from (select (select count(*) from front) > (select count(*) from picked) as backlog) h
  where d.backlog <> h.backlog
)
select w.id from bells w order by ${orderOfService('w')}`;

/** Picks the tasks whose bells are to be rung now. The caller sees to it that nobody else does so at the same time. */
export async function dispatchInTurn(
  client: pg.PoolClient,
  { now, window }: ServiceRequest,
): Promise<number[]> {
  const statement = oftenSent('dispatch', dispatchSql, [now, window]);
  const { rows } = await client.query<{ id: number }>(statement);
  return rows.map(({ id }) => id);
}
