import type pg from 'pg';
import type { AssignmentView, DispatchLedger } from '../../ports/dispatch-ledger.ts';
import { assignInTurn, availableWhere, unassignedWhere } from './assign-tasks.ts';
import { bellIsOut } from './bells-out.ts';
import { dispatchInTurn } from './dispatch-tasks.ts';
import { inTransaction } from './in-transaction.ts';
import { oftenSent } from './often-sent.ts';
import { ledgerCall } from './pool.ts';

/** Held to the end of the transaction: those who assign and dispatch take turns. */
const takeTurnSql = 'select unassigned from jr_dispatch for update';

/** From the last that was rung: those before may have been begun long ago, and are passed over where others are out. */
const fewBellsOutSql = `
select count(*) <= $1 as few from (
  select 1 from jr_work_queue
  where ${bellIsOut('$2')}
  order by dispatched_at desc limit $1 + 1) out`;

const takeBackLostBellsSql = `
with lost as (
  select id from jr_work_queue
  where status in ('pending', 'assigned') and dispatched_at is not null and dispatched_at <= $2
  order by dispatched_at, id
  limit (select greatest(count(*) - $1::int, count(*) filter (where dispatched_at <= $2 and dispatched_at <= started_at
      or dispatched_at <= $4 and dispatched_at <= (select max(pinged_at) from jr_status where last_seen >= pinged_at)))
    from jr_work_queue
    where status in ('pending', 'assigned') and dispatched_at is not null)
  for update skip locked
)
update jr_work_queue w set dispatched_at = null, updated_at = $3 from lost where w.id = lost.id`;

/**
 * Counted from the last in order of service: at the front lie the dead index entries of what was just assigned, for as
 * long as a transaction anywhere keeps them. With nobody online all are looked at, for what people are told.
 */
const viewAssignmentSql = `
with online as materialized (
  select count(*)::int as n from jr_status s where ${availableWhere.replaceAll('$1', '$2')}
), waiting as (
  select w.created_at from jr_work_queue w where ${unassignedWhere}
  order by w.sacred_fire_priority, w.priority desc, w.created_at desc, w.id desc
  limit (select $3::int from online where n > 0)
)
select
  (select n from online) as online,
  (select max(last_seen) from jr_status where in_service) as "lastSeenAt",
  count(*)::int as unassigned, min(created_at) as "oldestUnassignedAt"
from waiting`;

/** The backlog in Postgres. */
export function postgresDispatchLedger(pool: pg.Pool): DispatchLedger {
  return {
    serve: (request, assign) =>
      ledgerCall('assign and dispatch tasks', () =>
        inTransaction(pool, async client => {
          const { rows } = await client.query<{ unassigned: boolean }>(takeTurnSql);
          const looks = request.lookForUnassigned || rows[0]?.unassigned === true;
          const assigned = looks ? await assignInTurn(client, request, assign) : 0;
          return { assigned, dispatched: await dispatchInTurn(client, request) };
        }),
      ),
    fewBellsOut: (atMost, now) =>
      ledgerCall('count the bells that are out', async () => {
        const { rows } = await pool.query<{ few: boolean }>(
          oftenSent('few_bells_out', fewBellsOutSql, [atMost, now]),
        );
        return rows[0]?.few === true;
      }),
    takeBackLostBells: ({ queued, rungBefore, lostBefore }, now) =>
      ledgerCall('take back lost bells', async () => {
        const { rowCount } = await pool.query(takeBackLostBellsSql, [queued, rungBefore, now, lostBefore]);
        return rowCount ?? 0;
      }),
    viewAssignment: (seenSince, now, countAtMost) =>
      ledgerCall('view what waits for a Jr', async () => {
        const { rows } = await pool.query<AssignmentView>(viewAssignmentSql, [now, seenSince, countAtMost]);
        return rows[0] ?? { online: 0, unassigned: 0, oldestUnassignedAt: null, lastSeenAt: null };
      }),
  };
}
