import type pg from 'pg';
import type { BreakerState, Verdict } from '../../domain/liveness.ts';
import type { JrLedger, ReadJr } from '../../ports/jr-ledger.ts';
import { type Locking, orPastLocks } from './past-locks.ts';
import { ledgerCall } from './pool.ts';

interface Row {
  jr_name: string;
  last_seen: Date | null;
  pinged_at: Date | null;
  breaker_state: BreakerState;
  breaker_failures: number;
  breaker_opened_at: Date | null;
  breaker_next_try_at: Date | null;
  breaker_closed_at: Date | null;
  version: string;
}

/** xmin is the transaction that wrote the row: a heartbeat by anybody's SQL changes it too. */
const inServiceSql = `
select jr_name, last_seen, pinged_at, breaker_state, breaker_failures, breaker_opened_at, breaker_next_try_at,
  breaker_closed_at, xmin::text as version
from jr_status where in_service order by jr_name`;

/** Whoever is to be asked anew waits for no answer; what was decided about a row that has changed is dropped. */
const recordSql = (locking: Locking) => `
with x as (
  select * from jsonb_to_recordset($1::jsonb) as x(jr_name text, version text, kind text, is_online boolean, state text,
    failures int, opened_at timestamptz, next_try_at timestamptz, closed_at timestamptz)
), locked as (
  -- In the order of their names, as everywhere: so none waits for another in a circle.
  select jr_name from jr_status where jr_name in (select jr_name from x) order by jr_name for no key update ${locking}
)
update jr_status s
set is_online = x.is_online, breaker_state = x.state, breaker_failures = x.failures, breaker_opened_at = x.opened_at,
    breaker_next_try_at = x.next_try_at, breaker_closed_at = x.closed_at,
    pinged_at = case when x.kind = 'forgiven' then s.pinged_at end,
    restart_count = s.restart_count + case when x.state = 'half_open' then 1 else 0 end,
    last_restart_at = case when x.state = 'half_open' then $2 else s.last_restart_at end
from x join locked using (jr_name)
where s.jr_name = x.jr_name and s.xmin::text = x.version
returning s.jr_name`;

const notePingedSql = (locking: Locking) => `
with locked as (
  select jr_name from jr_status where jr_name = any($1::text[]) order by jr_name for no key update ${locking}
)
update jr_status s set pinged_at = $2
from locked where s.jr_name = locked.jr_name and (pinged_at is null or last_seen >= pinged_at)`;

/** Only what waits in the ledger: what has its bell out is begun any moment, or is waiting here again then. */
const releaseTasksSql = `
with away as (
  select jr_name from jr_status where not in_service or breaker_state = 'open'
), waiting as (
  select w.id, w.assigned_jr from jr_work_queue w
  where w.assigned_jr in (select jr_name from away) and w.status in ('pending', 'assigned') and w.dispatched_at is null
    and exists (select 1 from jr_status o
      where o.in_service and o.is_online and o.last_seen > $2 and o.breaker_state <> 'open')
  limit $3
  for update of w skip locked
)
update jr_work_queue w
set assigned_jr = null, status = 'pending', assigned_at = null, updated_at = $1,
    status_message = format('taken from %s, which is not there: another Jr gets it', waiting.assigned_jr)
from waiting where w.id = waiting.id
returning w.id as "taskId", waiting.assigned_jr as "jrName"`;

/**
 * A retry of a Jr out of service would be rung for again and again and never begun. Unlike what waits in the ledger it
 * needs nobody to be given to: without a Jr it is begun as soon as it is due.
 */
const releaseRetriesSql = `
with waiting as (
  select w.id, w.assigned_jr from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
  where d.resolution_status = 'retrying' and w.status = 'failed'
    and w.assigned_jr in (select jr_name from jr_status where not in_service)
  limit $2
  for update of w skip locked
)
update jr_work_queue w set assigned_jr = null, assigned_at = null, updated_at = $1
from waiting where w.id = waiting.id
returning w.id as "taskId", waiting.assigned_jr as "jrName"`;

/** The Jrs in Postgres, for the health sweep. */
export function postgresJrLedger(pool: pg.Pool): JrLedger {
  return {
    inService: () =>
      ledgerCall('read the Jrs', async () => {
        const { rows } = await pool.query<Row>(inServiceSql);
        return rows.map(toJr);
      }),
    record: (verdicts, now) =>
      ledgerCall('record how the Jrs are', async () => {
        const values = [JSON.stringify(verdicts.map(toRow)), now];
        const { rows } = await orPastLocks(locking =>
          pool.query<{ jr_name: string }>(recordSql(locking), values),
        );
        return new Set(rows.map(row => row.jr_name));
      }),
    notePinged: (jrNames, now) =>
      ledgerCall('note pings', async () => {
        await orPastLocks(locking => pool.query(notePingedSql(locking), [jrNames, now]));
      }),
    releaseTasks: ({ now, seenAfter, limit }) =>
      ledgerCall('release tasks', async () => {
        type Released = { taskId: number; jrName: string };
        const waiting = await pool.query<Released>(releaseTasksSql, [now, seenAfter, limit]);
        const retries = await pool.query<Released>(releaseRetriesSql, [now, limit]);
        return [...waiting.rows, ...retries.rows];
      }),
  };
}

function toJr(row: Row): ReadJr {
  return {
    name: row.jr_name,
    lastSeen: row.last_seen,
    pingedAt: row.pinged_at,
    version: row.version,
    breaker: {
      state: row.breaker_state,
      failures: row.breaker_failures,
      openedAt: row.breaker_opened_at,
      nextTryAt: row.breaker_next_try_at,
      closedAt: row.breaker_closed_at,
    },
  };
}

function toRow({ name, version, kind, isOnline, breaker }: Verdict & { version: string }) {
  return {
    jr_name: name,
    version,
    kind,
    is_online: isOnline,
    state: breaker.state,
    failures: breaker.failures,
    opened_at: breaker.openedAt,
    next_try_at: breaker.nextTryAt,
    closed_at: breaker.closedAt,
  };
}
