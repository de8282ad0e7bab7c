import type pg from 'pg';
import type { DrainFacts } from '../../domain/drain.ts';
import type { DrainReport, Verification } from '../../domain/drain-report.ts';
import { redact } from '../../domain/redact.ts';
import type { DrainLedger, HeldRun, RunLease, RunRequest } from '../../ports/drain-ledger.ts';
import type { ExportProgress } from '../../ports/ledger-export.ts';
import { fenced, fencedQuery, leaseValues } from './drain-fence.ts';
import { toJson } from './to-json.ts';

/** The unique index lets one run be under way; whoever comes second finds the first. */
const startSql = `
with started as (
  insert into jr_drain_runs (action, filter, settings, operator, reason, created_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict ((true)) where status = 'running' do nothing
  returning id
)
select id, true as started from started
union all
select id, false from jr_drain_runs where status = 'running'
limit 1`;

export async function startRun(
  pool: pg.Pool,
  { action, selection, settings, operator, reason }: RunRequest,
  now: Date,
): Promise<{ id: number; started: boolean }> {
  for (;;) {
    const { rows } = await pool.query<{ id: number; started: boolean }>(startSql, [
      action,
      toJson(selection),
      toJson(settings),
      redact(operator),
      redact(reason),
      now,
    ]);
    // No row: the one in our way began or ended while we looked.
    if (rows[0] !== undefined) return rows[0];
  }
}

const acquireSql = `
update jr_drain_runs
set lease_epoch = lease_epoch + 1, lease_expires_at = $3, heartbeat_at = $2
where ($1::bigint is null or id = $1) and status = 'running' and (lease_expires_at is null or lease_expires_at <= $2)
returning id, lease_epoch, action, filter, operator, reason, created_at, export`;

export async function acquireRun(
  pool: pg.Pool,
  id: number | null,
  now: Date,
  until: Date,
): Promise<HeldRun | null> {
  const { rows } = await pool.query<{
    id: number;
    lease_epoch: number;
    action: HeldRun['action'];
    filter: HeldRun['selection'];
    operator: string;
    reason: string;
    created_at: Date;
    export: HeldRun['exported'];
  }>(acquireSql, [id, now, until]);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    lease: { runId: row.id, epoch: row.lease_epoch, expiresAt: until },
    action: row.action,
    selection: row.filter,
    operator: row.operator,
    reason: row.reason,
    createdAt: row.created_at,
    exported: row.export,
  };
}

const releaseSql = `
update jr_drain_runs set lease_expires_at = null where id = $1 and lease_epoch = $2 and status = 'running'`;

export async function releaseRun(pool: pg.Pool, { runId, epoch }: RunLease): Promise<void> {
  await pool.query(releaseSql, [runId, epoch]);
}

const abandonedSql = `
select id from jr_drain_runs
where status = 'running' and (lease_expires_at is null or lease_expires_at <= $1)
  and (heartbeat_at is null or heartbeat_at <= $1) and created_at <= $1`;

export async function abandonedRuns(pool: pg.Pool, before: Date): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(abandonedSql, [before]);
  return rows.map(({ id }) => id);
}

const unlookedSql = `
select id from jr_drain_runs
where status in ('completed', 'failed') and recheck is null and (report ->> 'looks_again_at')::timestamptz <= $1
order by id limit 100`;

export async function unlookedRuns(pool: pg.Pool, before: Date): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(unlookedSql, [before]);
  return rows.map(({ id }) => id);
}

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

const requestStopSql = `
update jr_drain_runs set stop_requested_by = $2 where ($1::bigint is null or id = $1) and status = 'running'
returning id`;

export async function requestStop(pool: pg.Pool, id: number | null, by: string): Promise<number | null> {
  const { rows } = await pool.query<{ id: number }>(requestStopSql, [id, redact(by)]);
  return rows[0]?.id ?? null;
}

/** A person has seen the last batch; what it left unended gets its time anew. */
const resumeRunSql = `
with resumed as (
  update jr_drain_runs r
  set status = 'running', stop_reason = null, stop_requested_by = null, ended_at = null, heartbeat_at = $2,
    judged_batch = coalesce((select max(i.batch_number) from jr_drain_items i where i.run_id = r.id), 0)
  where r.id = $1 and r.status = 'stopped' and not exists (select 1 from jr_drain_runs o where o.status = 'running')
  returning r.id
), again as (
  update jr_drain_items i set rung_at = $2 from resumed where i.run_id = resumed.id and i.state = 'rung'
)
select r.status, exists (select 1 from resumed) as resumed from jr_drain_runs r where r.id = $1`;

export async function resumeRun(
  pool: pg.Pool,
  id: number,
  now: Date,
): Promise<Awaited<ReturnType<DrainLedger['resumeRun']>>> {
  try {
    const { rows } = await pool.query<{ status: string; resumed: boolean }>(resumeRunSql, [id, now]);
    const [row] = rows;
    if (row === undefined) return 'unknown';
    if (row.resumed) return 'resumed';
    // The statement still sees the state from before it.
    return row.status === 'stopped' ? 'another_runs' : 'not_stopped';
  } catch (error) {
    const constraint = error instanceof Error && 'constraint' in error ? error.constraint : null;
    if (constraint === 'jr_drain_runs_one_at_a_time') return 'another_runs';
    throw error;
  }
}

export async function rechecked(pool: pg.Pool, id: number, recheck: object): Promise<void> {
  await pool.query('update jr_drain_runs set recheck = $2 where id = $1', [id, toJson(recheck)]);
}
