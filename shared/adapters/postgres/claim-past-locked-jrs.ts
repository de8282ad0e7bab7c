import type pg from 'pg';
import type { ClaimRequest, Claims } from '../../ports/ledger.ts';
import { claimTasks } from './claim-tasks.ts';
import { isLockTimeout } from './each-by-itself.ts';

const ofLockedJrsSql = `
with free as materialized (
  select jr_name from jr_status
  where jr_name in (select assigned_jr from jr_work_queue where id = any($1::bigint[]))
  for no key update skip locked
)
select id from jr_work_queue
where id = any($1::bigint[]) and status not in ('completed', 'cancelled')
  and assigned_jr is not null and assigned_jr not in (select jr_name from free)`;

/** When to look again at a task whose Jr is locked. */
const laterMs = 30_000;

/**
 * Claims what may run now of the given tasks. To count the room of a Jr its row is locked: who keeps one locked keeps
 * the tasks of that Jr waiting, which are busy then, and those of no other.
 */
export async function claimPastLockedJrs(pool: pg.Pool, request: ClaimRequest): Promise<Claims> {
  try {
    return await claimTasks(pool, request);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
  }
  const { rows } = await pool.query<{ id: number }>(ofLockedJrsSql, [request.taskIds]);
  const kept = new Set(rows.map(({ id }) => id));
  const claims = await claimTasks(pool, { ...request, taskIds: request.taskIds.filter(id => !kept.has(id)) });
  const leaseExpiresAt = new Date(request.now.getTime() + laterMs);
  return { ...claims, busy: [...claims.busy, ...[...kept].map(taskId => ({ taskId, leaseExpiresAt }))] };
}
