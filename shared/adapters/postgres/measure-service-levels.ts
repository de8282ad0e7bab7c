import type pg from 'pg';
import type { Count, ServiceLedger } from '../../ports/service-ledger.ts';
import { completedAt, isCompleted, isUndated } from './completed-rows.ts';
import { ledgerCall } from './pool.ts';

/**
 * What is completed is counted up to so long ago: by then whoever wrote `completed_at` has committed, as no statement
 * takes longer (createPool).
 */
const settledMs = 60_000;

/** Of what a worker completed by SQL without a time, the time of the last change counts. */
const completedWithin = (after: string, to: string) =>
  `((${isCompleted} and ${completedAt} > ${after} and ${completedAt} <= ${to})
    or (${isUndated} and w.updated_at > ${after} and w.updated_at <= ${to}))`;

/** What gets that time for good in one measurement. Until then it is counted by it all the same. */
const datedAtOnce = 10_000;

/**
 * Every part runs over a partial index, and what it reads is bounded by a window or by what is open, never by the size
 * of the table. $1 now, $2 begin of the success window, $3 begin of the tasks' window, $4 what is settled, $5 scope.
 */
const countSql = `
with previous as (
  select seq, counted_to, above_lead_since from jr_service_levels order by seq desc limit 1
), span as (
  select coalesce((select counted_to from previous), $3::timestamptz) as counted_from,
    greatest($4::timestamptz, (select counted_to from previous)) as counted_to
), increment as (
  select count(*)::int as tasks from jr_work_queue w, span s
  where ${completedWithin('s.counted_from', 's.counted_to')}
), entries as (
  select count(*)::int as n, count(*) filter (where error_code is distinct from 'APPROVAL_REQUIRED')::int as open
  from jr_failed_tasks_dlq where resolution_status in ('unresolved', 'retrying')
)
select
  (select count(*)::int from jr_work_queue w where ${completedWithin('$2', '$1')}) as completed,
  (select count(*)::int from jr_failed_tasks_dlq
    where raised_at > $2 and raised_at <= $1 and error_class is distinct from 'approval'
      and (escalation_level < 3 or created_at > $2)) as failed,
  i.tasks as increment, s.counted_from, s.counted_to, e.open as open_entries,
  i.tasks + e.n + (select coalesce(sum(counted), 0)::int from jr_service_levels where measured_at > $3) as tasks,
  coalesce((select seq from previous), 0) + 1 as seq,
  (select above_lead_since from previous) as above_lead_since,
  array(select name from jr_alerts where scope = $5 and ended_at is null) as firing
from increment i, span s, entries e`;

/** The chain's next link, once: of two sweeps that counted the same the second adds none. */
const recordSql = `
with forgotten as (
  delete from jr_service_levels where measured_at < $13
), dated as (
  update jr_work_queue set completed_at = updated_at
  where id in (select w.id from jr_work_queue w where ${isUndated} limit ${datedAtOnce} for update skip locked)
    and completed_at is null
)
insert into jr_service_levels (seq, measured_at, counted_from, counted_to, counted, completed, failed, success_rate,
  open_entries, tasks, open_ratio, above_lead_since)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (seq) do nothing`;

interface CountRow {
  readonly completed: number;
  readonly failed: number;
  readonly increment: number;
  readonly counted_from: Date;
  readonly counted_to: Date;
  readonly open_entries: number;
  readonly tasks: number;
  readonly seq: number;
  readonly above_lead_since: Date | null;
  readonly firing: string[];
}

/** The service levels in Postgres. */
export function postgresServiceLedger(pool: pg.Pool): ServiceLedger {
  return {
    count: ({ now, successWindowMinutes, tasksWindowDays, scope }) =>
      ledgerCall('count for the service levels', async () => {
        const before = (ms: number) => new Date(now.getTime() - ms);
        const values = [
          now,
          before(successWindowMinutes * 60_000),
          before(tasksWindowDays * 86_400_000),
          before(settledMs),
          scope,
        ];
        const { rows } = await pool.query<CountRow>(countSql, values);
        const [row] = rows;
        if (row === undefined) throw new Error('A count of the service levels answered no row.');
        return toCount(row);
      }),
    record: ({ seq, counted }, levels, now, forgetBefore) =>
      ledgerCall('keep the service levels', async () => {
        await pool.query(recordSql, [
          seq,
          now,
          counted.from,
          counted.to,
          counted.tasks,
          levels.completed,
          levels.failed,
          levels.successRate,
          levels.openEntries,
          levels.tasks,
          levels.openRatio,
          levels.aboveLeadSince,
          forgetBefore,
        ]);
      }),
  };
}

function toCount(row: CountRow): Count {
  const { completed, failed, tasks, open_entries: openEntries } = row;
  return {
    counts: { completed, failed, tasks, openEntries },
    before: { aboveLeadSince: row.above_lead_since, firing: row.firing },
    seq: row.seq,
    counted: { from: row.counted_from, to: row.counted_to, tasks: row.increment },
  };
}
