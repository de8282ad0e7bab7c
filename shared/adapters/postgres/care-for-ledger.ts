import type pg from 'pg';
import type { HealthLedger } from '../../ports/health-ledger.ts';
import { countOpenLevels } from './count-open-levels.ts';
import { findNotPutBack } from './find-not-put-back.ts';
import { forgetOldRows } from './forget-old-rows.ts';
import { freeChildren } from './free-children.ts';
import { ledgerCall } from './pool.ts';
import { repairRows } from './repair-rows.ts';

/** By the lease, never by the age of started_at. A task that somebody set to running by SQL has none. */
const expiredLeasesSql = `
select id from jr_work_queue
where status = 'in_progress' and lease_expires_at <= $1
  and not exists (select 1 from jr_control where name = 'claims_paused' and value = 'true')
order by lease_expires_at limit $2`;

/** What the health sweep does in Postgres. */
export function postgresHealthLedger(pool: pg.Pool): HealthLedger {
  return {
    expiredLeases: (now, limit) =>
      ledgerCall('find expired leases', async () => {
        const { rows } = await pool.query<{ id: number }>(expiredLeasesSql, [now, limit]);
        return rows.map(({ id }) => id);
      }),
    freeChildren: (now, limit) =>
      ledgerCall('let children of ended tasks go on', () => freeChildren(pool, now, limit)),
    repair: (kind, now, limit) => ledgerCall('repair rows', () => repairRows(pool, kind, now, limit)),
    notPutBack: (rollbacks, now, limit) =>
      ledgerCall('look for what cannot be put back', () => findNotPutBack(pool, rollbacks, now, limit)),
    openByLevel: () => ledgerCall('count open entries', () => countOpenLevels(pool)),
    forget: (before, limit, afterTask) =>
      ledgerCall('forget old rows', () => forgetOldRows(pool, before, limit, afterTask)),
  };
}
