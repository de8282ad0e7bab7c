import type pg from 'pg';
import type { DrainFacts } from '../../domain/drain.ts';
import type { DrainReport, Verification } from '../../domain/drain-report.ts';
import { redact } from '../../domain/redact.ts';
import type { DrainLedger, RunLease } from '../../ports/drain-ledger.ts';
import type { ExportProgress } from '../../ports/ledger-export.ts';
import { fenced, fencedQuery, leaseValues } from './drain-fence.ts';
import { toJson } from './to-json.ts';

interface Facts {
  facts: Omit<DrainFacts, 'nextBatchAt' | 'batch'> & {
    nextBatchAt: string | null;
    batch: (Omit<NonNullable<DrainFacts['batch']>, 'rungAt'> & { rungAt: string | null }) | null;
  };
}

/** The run as its next step depends on it; the last batch is summed up from its items. */
const lookSql = `${fenced()}
select true as held, jsonb_build_object(
  'phase', r.phase, 'settings', r.settings, 'pauseDecided', r.claims_paused_before is not null,
  'holdsPause', r.holds_pause, 'stopRequestedBy', r.stop_requested_by, 'judgedBatch', r.judged_batch,
  'nextBatchAt', r.next_batch_at, 'verified', (r.verification ->> 'ok')::boolean,
  'pausedBy', (select coalesce(c.changed_by, 'somebody') from jr_control c
    where c.name = 'claims_paused' and c.value = 'true' and c.changed_by is distinct from $4),
  'batch', (
    select jsonb_build_object('number', max(i.batch_number),
      'claimed', count(*) filter (where i.state = 'claimed'), 'rung', count(*) filter (where i.state = 'rung'),
      'succeeded', count(*) filter (where i.state = 'succeeded'), 'failed', count(*) filter (where i.state = 'failed'),
      'skipped', count(*) filter (where i.state = 'skipped'), 'rungAt', max(i.rung_at),
      'worst', mode() within group (order by split_part(i.outcome, ':', 1)) filter (where i.state = 'failed'))
    from jr_drain_items i
    where i.run_id = r.id
      and i.batch_number = (select max(l.batch_number) from jr_drain_items l where l.run_id = r.id)
    having count(*) > 0)) as facts
from run r`;

/** The tasks of the run that have ended since. One that failed again has its new entry on the ladder already. */
const settleSql = `${fenced()}, ended as (
  select i.entry_id,
    case w.status when 'completed' then 'succeeded' when 'failed' then 'failed' when 'blocked' then 'failed' else 'skipped' end
      as state,
    case w.status when 'completed' then null when 'cancelled' then 'somebody cancelled the task'
      when 'failed' then w.error_message when 'blocked' then w.error_message else 'the task is gone' end as outcome
  from run join jr_drain_items i on i.run_id = run.id and i.state = 'rung'
    left join jr_work_queue w on w.id = i.task_id
  where w.id is null or w.status in ('completed', 'failed', 'blocked', 'cancelled')
), settled as (
  update jr_drain_items i set state = e.state, outcome = left(e.outcome, 1000), settled_at = $3
  from ended e where i.run_id = $1 and i.entry_id = e.entry_id and i.state = 'rung'
)
select exists (select 1 from run) as held`;

export async function look(pool: pg.Pool, lease: RunLease, now: Date): Promise<DrainFacts> {
  await fencedQuery(pool, settleSql, leaseValues(lease, now));
  const { facts } = await fencedQuery<Facts>(pool, lookSql, [
    ...leaseValues(lease, now),
    holderOf(lease.runId),
  ]);
  const date = (text: string | null) => (text === null ? null : new Date(text));
  return {
    ...facts,
    nextBatchAt: date(facts.nextBatchAt),
    batch: facts.batch === null ? null : { ...facts.batch, rungAt: date(facts.batch.rungAt) },
  };
}

/** Who `jr_control` says has paused claims while a run looks around. */
function holderOf(runId: number): string {
  return `drain run ${runId}`;
}

const pauseSql = `with run as (
  select id from jr_drain_runs where id = $1 and lease_epoch = $2 and status = 'running' for update
), switch as (
  update jr_control c set value = 'true', changed_by = $4, reason = 'a drain looks around', changed_at = $3
  from run where c.name = 'claims_paused' and c.value = 'false'
  returning 1
), noted as (
  update jr_drain_runs r set claims_paused_before = not exists (select 1 from switch),
    holds_pause = exists (select 1 from switch), heartbeat_at = $3
  from run where r.id = run.id
)
select exists (select 1 from run) as held`;

export async function pauseClaims(pool: pg.Pool, lease: RunLease, now: Date): Promise<void> {
  await fencedQuery(pool, pauseSql, [...leaseValues(lease, now), holderOf(lease.runId)]);
}

/** Only its own pause: who paused since, or switched claims on and off again, has the last word. */
const restoreSql = `${fenced('holds_pause = false')}, switch as (
  update jr_control c set value = 'false', changed_by = $4, reason = 'the drain goes on', changed_at = $3
  from run where c.name = 'claims_paused' and c.value = 'true' and c.changed_by = $4
)
select exists (select 1 from run) as held`;

export async function restoreClaims(pool: pg.Pool, lease: RunLease, now: Date): Promise<void> {
  await fencedQuery(pool, restoreSql, [...leaseValues(lease, now), holderOf(lease.runId)]);
}

const set = (assignments: string) => `${fenced(assignments)} select exists (select 1 from run) as held`;

const preparedSql = set(`phase = 'canary', categories = $4, total = $5, last_entry_id = $6`);
const verifiedSql = set('verification = $4');
const stopSql = set(
  `status = 'stopped', stop_reason = $4, stop_requested_by = null, lease_expires_at = null, ended_at = $3`,
);
const endSql = set(
  `status = $4, phase = 'ended', report = $5, stop_requested_by = null, lease_expires_at = null, ended_at = $3`,
);

export async function prepared(
  pool: pg.Pool,
  lease: RunLease,
  { counts, total, lastEntryId }: Parameters<DrainLedger['prepared']>[1],
  now: Date,
): Promise<void> {
  await fencedQuery(pool, preparedSql, [...leaseValues(lease, now), toJson(counts), total, lastEntryId]);
}

export async function verified(
  pool: pg.Pool,
  lease: RunLease,
  verification: Verification,
  now: Date,
): Promise<void> {
  await fencedQuery(pool, verifiedSql, [...leaseValues(lease, now), toJson(verification)]);
}

const exportedSql = `${fenced('export = $4')}
select exists (select 1 from run) as held, (select stop_requested_by from run) as stop`;

export async function exported(
  pool: pg.Pool,
  lease: RunLease,
  progress: ExportProgress,
  now: Date,
): Promise<string | null> {
  const values = [...leaseValues(lease, now), toJson(progress)];
  return (await fencedQuery<{ stop: string | null }>(pool, exportedSql, values)).stop;
}

export async function stopRun(pool: pg.Pool, lease: RunLease, reason: string, now: Date): Promise<void> {
  await fencedQuery(pool, stopSql, [...leaseValues(lease, now), redact(reason)]);
}

export async function endRun(
  pool: pg.Pool,
  lease: RunLease,
  status: 'completed' | 'failed',
  report: DrainReport | null,
  now: Date,
): Promise<void> {
  await fencedQuery(pool, endSql, [
    ...leaseValues(lease, now),
    status,
    report === null ? null : toJson(report),
  ]);
}
