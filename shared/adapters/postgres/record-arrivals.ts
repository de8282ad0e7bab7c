import type pg from 'pg';
import { errorClasses } from '../../domain/failure.ts';
import type { Arrival, EntryState } from '../../domain/ladder.ts';
import type { ArrivalRequest, Arrivals } from '../../ports/ledger.ts';
import { crashes, endUnended } from './attempt-rows.ts';
import {
  type EntryJson,
  entryRecordset,
  openEntry,
  openEntryJson,
  toEntryColumns,
  upsertEntries,
} from './entry-rows.ts';
import { inTransaction } from './in-transaction.ts';
import { waitsForParent } from './parent-rows.ts';
import { toJson } from './to-json.ts';

interface Row {
  task_id: number;
  /** `later`: locked by somebody else, who may be dead, or not to be begun yet: who claims it sets it aside. */
  kind: 'free' | 'later' | 'completed';
  crashed: boolean;
  crashes: number;
  /** Null for a task that nobody runs, or that somebody set to running by SQL. */
  lease_expires_at: Date | null;
  entry: EntryJson | null;
}

/** Who keeps a task locked, or its entry, keeps no other of the batch waiting. */
const lockSql = `
with tasks as (
select w.id as task_id, w.status = 'in_progress' as crashed,
  ${crashes} as crashes,
  w.lease_expires_at,
  ${openEntryJson('w.id')} as entry
from jr_work_queue w
where w.id = any($1::bigint[])
  and (w.status = 'in_progress' or w.status in ('pending', 'assigned')
    and not (w.requires_council_approval or coalesce(w.not_before, $2) > $2 or ${waitsForParent}))
for update of w skip locked
), entries as materialized (
  select d.original_task_id as task_id from jr_failed_tasks_dlq d
  where d.original_task_id = any(array(select task_id from tasks)) and d.resolution_status in ('unresolved', 'retrying')
  for update skip locked
), free as (
  select * from tasks where entry is null or task_id in (select task_id from entries)
)
select 'free' as kind, * from free
union all
select case w.status when 'completed' then 'completed' else 'later' end, w.id, false, 0, w.lease_expires_at, null
from jr_work_queue w
where w.id = any($1::bigint[]) and w.status in ('pending', 'assigned', 'in_progress', 'completed')
  and w.id not in (select task_id from free)`;

/** When to look again at a task of the kind `later`. */
const laterMs = 30_000;

/** Whoever takes a task out of an attempt's hands raises the epoch (invariant 3). */
const recordSql = `
with failed as (
  select * from jsonb_to_recordset($1::jsonb) as x(task_id bigint, max_retries int, ${entryRecordset})
), before as (
  select w.*, f.failure_reason from jr_work_queue w join failed f on f.task_id = w.id
), held as (
  update jr_work_queue w
  set status = 'failed', lease_expires_at = null, lease_epoch = w.lease_epoch + 1, status_message = f.error_code,
      error_message = f.error_code || ': ' || f.failure_reason, updated_at = $2
  from failed f where w.id = f.task_id
), attempts as (${endUnended('before', 'crashed', '$2', 'w.failure_reason')}
), entries as (${upsertEntries}
)
select count(*) from failed`;

/** See the port. Two statements in a transaction, so that the decision is made on rows that stay as they are. */
export async function recordArrivals(
  pool: pg.Pool,
  { taskIds, queueLevel, maxRetries, now }: ArrivalRequest,
  decide: (arrival: Arrival) => EntryState,
): Promise<Arrivals> {
  return await inTransaction(pool, async client => {
    const { rows } = await client.query<Row>(lockSql, [taskIds, now]);
    const again = new Date(now.getTime() + laterMs);
    const busy = rows.flatMap(({ kind, task_id, lease_expires_at }) =>
      lease_expires_at !== null && lease_expires_at > now
        ? [{ taskId: task_id, leaseExpiresAt: lease_expires_at }]
        : kind === 'later'
          ? [{ taskId: task_id, leaseExpiresAt: again }]
          : [],
    );
    const completed = rows.filter(({ kind }) => kind === 'completed').map(row => row.task_id);
    const free = rows.filter(({ kind }) => kind === 'free');
    const stranded = free.filter(
      row => !row.crashed || (row.lease_expires_at !== null && row.lease_expires_at <= now),
    );
    const recorded = stranded.map(row => ({
      row,
      entry: decide({ crashes: row.crashes, entry: openEntry(row.entry), queueLevel }),
    }));
    if (recorded.length > 0) {
      const failed = recorded.map(({ row, entry }) => ({
        ...reasonOf(row),
        task_id: row.task_id,
        max_retries: maxRetries,
        ...toEntryColumns(entry),
      }));
      await client.query(recordSql, [toJson(failed), now]);
    }
    return { recorded: recorded.map(({ row, entry }) => ({ taskId: row.task_id, entry })), busy, completed };
  });
}

function reasonOf({ crashed, crashes }: Row) {
  const code = crashed || crashes > 0 ? 'CRASHED' : 'LEDGER_UNAVAILABLE';
  const failure_reason =
    code === 'CRASHED'
      ? `The process of this task ended ${crashes} times without a word: look at the logs of its attempts and at what its document makes.`
      : 'Its message was received again and again while the ledger was away. The task itself did nothing wrong.';
  return { failure_reason, step_number: null, error_code: code, error_class: errorClasses[code] };
}
