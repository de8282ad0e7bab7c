import type pg from 'pg';
import { unknownCategory } from '../../domain/category.ts';
import { redact } from '../../domain/redact.ts';
import type { DrainLedger, PlannableEntry, RunLease } from '../../ports/drain-ledger.ts';
import { fenced, fencedQuery, leaseValues } from './drain-fence.ts';
import { candidateValues, mayBeTaken, plannableColumns } from './drain-selection.ts';
import { isLockTimeout } from './each-by-itself.ts';
import { inTransaction } from './in-transaction.ts';
import { type Locking, orPastLocks } from './past-locks.ts';
import { requeuedEntry, requeuedTask } from './requeue-task.ts';
import { toJson } from './to-json.ts';

/** The entries of other runs and of people are passed by: the locking and the guards (invariant 8). */
const claimSql = (where: string, order: string, locking: Locking) => `
with run as (
  update jr_drain_runs set heartbeat_at = $10, phase = $11
  where id = $8 and lease_epoch = $9 and status = 'running'
  returning id, last_entry_id
), taken as (
  select d.id, d.original_task_id, coalesce(d.error_code, '${unknownCategory}') as category
  from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
  where ${mayBeTaken} and d.id <= (select last_entry_id from run)
    and not exists (select 1 from jr_drain_items i where i.run_id = $8 and i.entry_id = d.id)
    ${where}
  order by ${order} limit $12
  for update of d ${locking}
), entries as (
  update jr_failed_tasks_dlq d set drain_run_id = $8, updated_at = $10 from taken t where d.id = t.id
), items as (
  insert into jr_drain_items (run_id, entry_id, task_id, category, batch_number, state, claimed_at)
  select $8, id, original_task_id, category, $13, 'claimed', $10 from taken
  returning 1
)
select exists (select 1 from run) as held, (select count(*) from items) as taken`;

/** The oldest of each category, then the second oldest of each, and so on. */
const canarySql = claimSql(
  `and d.id = any(array(
      select id from (
        select d.id, row_number() over (partition by d.error_code order by d.id) as nth
        from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
        where ${mayBeTaken} and d.id <= (select last_entry_id from run)
          and not exists (select 1 from jr_drain_items i where i.run_id = $8 and i.entry_id = d.id)) ranked
      order by nth, id limit $12))`,
  'd.id',
  'skip locked',
);
const batchSql = claimSql('', 'd.id', 'skip locked');
const lockedBatchSql = claimSql('', 'd.id', '');

const spentSql = `${fenced(`phase = 'verify'`)} select exists (select 1 from run) as held`;

export async function claimBatch(
  pool: pg.Pool,
  lease: RunLease,
  { number, size, canary, candidates }: Parameters<DrainLedger['claimBatch']>[1],
  now: Date,
): Promise<number> {
  const values = [
    ...candidateValues(candidates),
    lease.runId,
    lease.epoch,
    now,
    canary ? 'canary' : 'batches',
    size,
    number,
  ];
  const take = async (sql: string) => (await fencedQuery<{ taken: number }>(pool, sql, values)).taken;
  let taken = canary ? await take(canarySql) : 0;
  if (taken === 0) taken = await take(batchSql);
  // What a sweep has in hand for a moment is not yet nothing. Whoever keeps it for longer keeps it from this run.
  if (taken === 0) taken = await take(lockedBatchSql).catch(orNoneWhereLocked);
  if (taken === 0) await fencedQuery(pool, spentSql, leaseValues(lease, now));
  return taken;
}

function orNoneWhereLocked(error: unknown): 0 {
  if (isLockTimeout(error)) return 0;
  throw error;
}

const claimedSql = `
select ${plannableColumns}
from jr_drain_items i join jr_failed_tasks_dlq d on d.id = i.entry_id join jr_work_queue w on w.id = i.task_id
where i.run_id = $1 and i.batch_number = $2 and i.state = 'claimed'
order by d.id`;

export async function claimed(pool: pg.Pool, { runId }: RunLease, batch: number): Promise<PlannableEntry[]> {
  const { rows } = await pool.query<PlannableEntry>(claimedSql, [runId, batch]);
  return rows;
}

const ofBatch = `from jr_drain_items where run_id = $1 and batch_number = $2 and state = 'claimed'`;
const lockTasksSql = `
select w.id from jr_work_queue w where w.id in (select task_id ${ofBatch}) order by w.id for update`;
const lockEntriesSql = `
select d.id from jr_failed_tasks_dlq d
where d.id in (select entry_id ${ofBatch}) and d.original_task_id = any($3) order by d.id for update`;

/**
 * A whole batch at once, by the rules of one requeue: the task has failed and does not wait for the Council, its entry is
 * open and this run's. Whatever changed since it was taken, by a person or a late attempt, is left as it is, and so is
 * what somebody keeps locked: $8 are the entries that are ours, with their tasks.
 */
const requeueSql = `
with run as (
  update jr_drain_runs set heartbeat_at = $2, next_batch_at = $7
  where id = $1 and lease_epoch = $4 and status = 'running'
  returning id
), verdicts as (
  select * from jsonb_to_recordset($6::jsonb) as x(entry_id bigint, retry boolean, outcome text)
), decided as (
  select i.entry_id, i.task_id, v.outcome, coalesce(v.retry, false) as retry, d.id is not null as open,
    d.id is not null and w.status = 'failed' and not w.requires_council_approval as failed, w.status,
    exists (select from jr_failed_tasks_dlq k where k.id = i.entry_id and k.id <> all($8)) as kept
  from run join jr_drain_items i on i.run_id = run.id and i.batch_number = $5 and i.state = 'claimed'
    left join verdicts v on v.entry_id = i.entry_id
    left join jr_work_queue w on w.id = i.task_id
    left join jr_failed_tasks_dlq d on d.id = i.entry_id and d.id = any($8) and d.drain_run_id = run.id
      and d.resolution_status in ('unresolved', 'retrying')
), entries as (
  update jr_failed_tasks_dlq e set ${requeuedEntry}
  from decided c where e.id = c.entry_id and c.retry and c.failed
), released as (
  update jr_failed_tasks_dlq e set drain_run_id = null, updated_at = $2
  from decided c where e.id = c.entry_id and c.open and not (c.retry and c.failed)
), tasks as (
  update jr_work_queue w set ${requeuedTask}
  from decided c where w.id = c.task_id and c.retry and c.failed
  returning w.id
), items as (
  update jr_drain_items i
  set state = case when c.retry and c.failed then 'rung' else 'skipped' end,
    outcome = case when c.retry and c.failed then null when c.kept then 'somebody kept the task or its entry locked'
      when c.retry or c.outcome is null
      then format('the task is %s by now', coalesce(c.status, 'gone')) else left(c.outcome, 1000) end,
    rung_at = case when c.retry and c.failed then $2::timestamptz end,
    settled_at = case when c.retry and c.failed then null else $2::timestamptz end
  from decided c where i.run_id = $1 and i.entry_id = c.entry_id
)
select exists (select 1 from run) as held, (select count(*) from tasks) as requeued`;

type Requeue = Parameters<DrainLedger['requeue']>[1];

export async function requeueBatch(
  pool: pg.Pool,
  lease: RunLease,
  request: Requeue,
  now: Date,
): Promise<number> {
  return await orPastLocks(locking => requeueLocked(pool, lease, request, now, locking));
}

async function requeueLocked(
  pool: pg.Pool,
  { runId, epoch }: RunLease,
  { batch, verdicts, note, nextBatchAt }: Requeue,
  now: Date,
  locking: Locking,
): Promise<number> {
  return await inTransaction(pool, async client => {
    // First the tasks, then their entries, in the order of everything here, so that the rules are read on rows that stay.
    const lock = async (sql: string, ...values: unknown[]) => {
      const { rows } = await client.query<{ id: number }>(`${sql} ${locking}`, [runId, batch, ...values]);
      return rows.map(({ id }) => id);
    };
    const entries = await lock(lockEntriesSql, await lock(lockTasksSql));
    const rows = verdicts.map(verdict => ({
      entry_id: verdict.entryId,
      retry: verdict.retry,
      outcome: verdict.retry ? null : redact(verdict.outcome),
    }));
    const { requeued } = await fencedQuery<{ requeued: number }>(client, requeueSql, [
      runId,
      now,
      redact(note),
      epoch,
      batch,
      toJson(rows),
      nextBatchAt,
      entries,
    ]);
    return requeued;
  });
}

const waitingSql = `
select w.id from jr_drain_items i join jr_work_queue w on w.id = i.task_id
where i.run_id = $1 and i.batch_number = $2 and i.state = 'rung' and w.status in ('pending', 'assigned')
order by w.id`;

export async function waiting(pool: pg.Pool, { runId }: RunLease, batch: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(waitingSql, [runId, batch]);
  return rows.map(({ id }) => id);
}

/** One that has begun needs no mark; its times are its own. */
const markRungSql = `
update jr_work_queue set dispatched_at = $2
where id = any($1::bigint[]) and status in ('pending', 'assigned') and dispatched_at is null`;

export async function markRung(pool: pg.Pool, taskIds: readonly number[], now: Date): Promise<void> {
  await pool.query(markRungSql, [taskIds, now]);
}
