import type pg from 'pg';
import type { AssignmentView, DispatchLedger } from '../../ports/dispatch-ledger.ts';
import { assignInTurn, availableWhere, unassignedWhere } from './assign-tasks.ts';
import { dispatchInTurn } from './dispatch-tasks.ts';
import { inTransaction } from './in-transaction.ts';
import { ledgerCall } from './pool.ts';

/** Held to the end of the transaction: those who assign and dispatch take turns. */
const takeTurnSql = 'select unassigned from jr_dispatch for update';

const takeBackLostBellsSql = `
with lost as (
  select id from jr_work_queue
  where status in ('pending', 'assigned') and dispatched_at is not null and dispatched_at <= $2
  order by dispatched_at, id
  limit greatest(0, (select count(*) from jr_work_queue
    where status in ('pending', 'assigned') and dispatched_at is not null) - $1::int)
  for update skip locked
)
update jr_work_queue w set dispatched_at = null, updated_at = $3 from lost where w.id = lost.id`;

const viewAssignmentSql = `
select
  (select count(*)::int from jr_status s where ${availableWhere.replaceAll('$1', '$2')}) as online,
  (select max(last_seen) from jr_status where in_service) as "lastSeenAt",
  count(*)::int as unassigned, min(w.created_at) as "oldestUnassignedAt"
from jr_work_queue w where ${unassignedWhere}`;

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
    takeBackLostBells: (queued, rungBefore, now) =>
      ledgerCall('take back lost bells', async () => {
        const { rowCount } = await pool.query(takeBackLostBellsSql, [queued, rungBefore, now]);
        return rowCount ?? 0;
      }),
    viewAssignment: (seenSince, now) =>
      ledgerCall('view what waits for a Jr', async () => {
        const { rows } = await pool.query<AssignmentView>(viewAssignmentSql, [now, seenSince]);
        return rows[0] ?? { online: 0, unassigned: 0, oldestUnassignedAt: null, lastSeenAt: null };
      }),
  };
}
