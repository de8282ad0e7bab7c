import type pg from 'pg';
import { type Locking, orPastLocks } from './past-locks.ts';

/**
 * A Jr that was given up for now (its breaker is open) or taken out of service is seen, but whether it comes back is for
 * the health sweep or a person to say.
 * What it runs is noted with it for those who read the table; nothing of ours decides by that number.
 */
const recordPingsSql = (locking: Locking) => `
with locked as (
  -- In the order of their names, as everywhere: so none waits for another in a circle.
  select jr_name from jr_status where jr_name = any($1::text[]) order by jr_name for no key update ${locking}
), seen as (
update jr_status s
set last_seen = greatest(last_seen, $2),
    is_online = case when in_service and breaker_state <> 'open' then true else is_online end,
    current_load = (select count(*) from jr_work_queue w
      where w.assigned_jr = s.jr_name and w.status = 'in_progress')
from locked where s.jr_name = locked.jr_name
)
select jr_name from jr_status where jr_name = any($1)`;

/**
 * Notes that the road to these Jrs is open: their ping came back through SQS and Lambda. One that somebody keeps locked
 * is not noted: it is pinged again. Answers those registered.
 */
export async function recordPings(
  pool: pg.Pool,
  jrNames: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const names = [...new Set(jrNames)];
  const { rows } = await orPastLocks(locking =>
    pool.query<{ jr_name: string }>(recordPingsSql(locking), [names, now]),
  );
  return new Set(rows.map(row => row.jr_name));
}
