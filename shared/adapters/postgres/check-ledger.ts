import type pg from 'pg';
import type { LedgerCheck, LedgerState } from '../../ports/ledger-check.ts';
import { findDisagreements } from './find-disagreements.ts';
import { pendingMigrations, readMigrations, recordedMigrations } from './migrate.ts';
import { ledgerCall } from './pool.ts';
import { everythingThatWaits } from './waiting-rows.ts';

/** What runs under a lease that lives is never stale, however long it runs (invariant 3). $1 is now. */
const stateSql = `
with stale as (
  select id, title, assigned_jr, updated_at, lease_expires_at is not null as leased from jr_work_queue
  where status = 'in_progress' and updated_at < $1::timestamptz - interval '1 hour'
    and coalesce(lease_expires_at, '-infinity') <= $1
), rejected as (
  select reason, received_at from jr_rejected_submissions where received_at > $1::timestamptz - interval '1 day'
)
select jsonb_build_object(
  'version', current_setting('server_version'),
  'waiting', (select count(*) from (${everythingThatWaits('id')}) waiting),
  'running', (select count(*) from jr_work_queue where status = 'in_progress'),
  'stale', coalesce((select jsonb_agg(to_jsonb(s) order by s.leased, s.updated_at, s.id)
    from (select * from stale order by leased, updated_at, id limit 3) s), '[]'),
  'stale_count', (select count(*) from stale),
  'expired_leases', (select count(*) from jr_work_queue where status = 'in_progress' and lease_expires_at <= $1),
  'oldest_bell_at', (select min(dispatched_at) from jr_work_queue
    where status in ('pending', 'assigned') and dispatched_at is not null
      and coalesce(not_before, '-infinity') <= $1),
  'untold_since', least(
    (select min(coalesce(raised_at, created_at)) from jr_failed_tasks_dlq
      where resolution_status = 'unresolved' and escalation_level >= 2 and notified_at is null),
    (select min(coalesce(ended_at, began_at)) from jr_alerts
      where (ended_at is null and told is distinct from 'begun') or (ended_at is not null and told = 'begun'))),
  'rejected_count', (select count(*) from rejected),
  'rejected_reason', (select reason from rejected order by received_at desc limit 1),
  'alerts', coalesce((select jsonb_agg(to_jsonb(a) order by a.began_at, a.scope, a.name)
    from (select scope, name, target, summary, next_action, began_at from jr_alerts where ended_at is null) a), '[]'),
  'measured_at', (select max(measured_at) from jr_service_levels)
) as state`;

/** Checks of the ledger in Postgres. */
export function postgresLedgerCheck(pool: pg.Pool): LedgerCheck {
  return {
    state: now =>
      ledgerCall('answer', async () => {
        const { rows } = await pool.query<{ state: LedgerState }>(stateSql, [now]);
        // A select without a table always has one row.
        return (rows[0] as { state: LedgerState }).state;
      }),
    disagreements: now => ledgerCall('look for disagreements', () => findDisagreements(pool, now)),
    pendingMigrations: folder =>
      ledgerCall('look at the migrations', async () => {
        const [files, recorded] = await Promise.all([readMigrations(folder), recordedMigrations(pool)]);
        return pendingMigrations(files, recorded).map(({ name }) => name);
      }),
  };
}
