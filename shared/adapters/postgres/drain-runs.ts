import type pg from 'pg';
import { redact } from '../../domain/redact.ts';
import type { DrainLedger, HeldRun, RunLease, RunRequest } from '../../ports/drain-ledger.ts';
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
