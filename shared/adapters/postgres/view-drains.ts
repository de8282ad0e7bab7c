import type pg from 'pg';
import { type CategoryCount, unknownCategory } from '../../domain/category.ts';
import type { PlannableEntry } from '../../ports/drain-ledger.ts';
import type { DrainRunView, DrainView, SampledEntry } from '../../ports/drain-view.ts';
import {
  candidateValues,
  mayBeTaken,
  plannableColumns,
  selected,
  selectionValues,
} from './drain-selection.ts';
import { ledgerCall } from './pool.ts';

const counts = `count(*) filter (where state = 'succeeded') as succeeded,
    count(*) filter (where state = 'failed') as failed, count(*) filter (where state = 'skipped') as skipped`;

/** Postgres makes the JSON, so that times are what the command line prints. */
const getRunSql = `
select to_jsonb(v) as run from (
  select r.id, r.action, r.status, r.phase, r.filter, r.settings, r.operator, r.reason, r.claims_paused_before,
    r.holds_pause, r.total, t.taken, t.succeeded, t.failed, t.skipped, t.retried, r.categories,
    coalesce((select jsonb_agg(to_jsonb(b) order by b.batch) from (
      select batch_number as batch, count(*) as entries, count(*) filter (where state = 'claimed') as claimed,
        count(*) filter (where state = 'rung') as rung, ${counts}, min(claimed_at) as began_at,
        case when bool_and(settled_at is not null) then max(settled_at) end as settled_at
      from jr_drain_items where run_id = r.id group by batch_number) b), '[]') as batches,
    coalesce((select jsonb_agg(to_jsonb(o) order by o.count desc, o.why) from (
      select state, split_part(outcome, ':', 1) as why, count(*) as count, min(task_id) as example_task
      from jr_drain_items where run_id = r.id and outcome is not null
      group by 1, 2 order by 3 desc, 2 limit 10) o), '[]') as outcomes,
    r.stop_requested_by, r.stop_reason, r.verification, r.report, r.recheck, r.export, r.created_at, r.heartbeat_at, r.ended_at
  from jr_drain_runs r, lateral (
    select count(*) as taken, ${counts}, coalesce(array_agg(distinct category), '{}') as retried
    from jr_drain_items where run_id = r.id) t
  where r.id = coalesce($1, (select id from jr_drain_runs where status = 'running'), (select max(id) from jr_drain_runs))
) v`;

/** Each category with its totals, its latest entry, and its five most frequent files and Jrs. $6: the cap of replays. */
const countCategoriesSql = `
with open as materialized (
  select d.id, d.original_task_id, d.error_code, d.error_class, d.created_at, w.assigned_jr, s.target_file,
    w.replay_count >= $6 as at_cap
  from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
    left join jr_step_rewards s on s.task_id = d.original_task_id and s.step_number = d.step_number
  where ${selected}
), causes as (
  select error_code, error_class, count(*) as count, count(*) filter (where at_cap) as at_cap,
    min(created_at) as first_seen, max(created_at) as last_seen, max(id) as latest
  from open group by error_code, error_class
)
select to_jsonb(v) as category from (
  select c.error_code, c.error_class, c.count, c.at_cap, c.first_seen, c.last_seen, d.id as example_entry,
    d.original_task_id as example_task, d.failure_reason as example_reason,
    ${most('target_file')} as target_files, ${most('assigned_jr')} as jrs
  from causes c join jr_failed_tasks_dlq d on d.id = c.latest
) v`;

function most(column: string): string {
  return `(select jsonb_agg(jsonb_build_object('value', f.value, 'count', f.count) order by f.count desc, f.value)
      from (select o.${column} as value, count(*) as count from open o
        where o.error_code is not distinct from c.error_code and o.error_class is not distinct from c.error_class
        group by o.${column} order by count(*) desc, o.${column} limit 5) f)`;
}

const openEntriesSql = `
select count(*) as count, coalesce(max(id), 0) as "lastEntryId" from jr_failed_tasks_dlq
where resolution_status in ('unresolved', 'retrying')`;

const from = 'from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id';
const countCandidatesSql = `select count(*) as count ${from} where ${mayBeTaken}`;
const candidatesSql = `select ${plannableColumns} ${from} where ${mayBeTaken} order by d.id limit $8`;
const plannableSql = `
select ${plannableColumns} ${from} where d.id = $1 and d.resolution_status in ('unresolved', 'retrying')`;

/** Evenly: one wherever the running share of `size` passes a whole number. $6: the size. */
const sampleSql = `
select to_jsonb(v) - 'nth' - 'n' as entry from (
  select d.id, d.original_task_id, w.task_key, w.title, d.error_code, d.error_class, d.failure_reason,
    s.target_file, w.assigned_jr, d.escalation_level, d.retry_count, w.replay_count, d.created_at,
    row_number() over (order by d.id) as nth, count(*) over () as n
  ${from} left join jr_step_rewards s on s.task_id = d.original_task_id and s.step_number = d.step_number
  where ${selected}
) v
where nth * $6 / n <> (nth - 1) * $6 / n
order by id`;

const newSinceSql = `
select coalesce(error_code, '${unknownCategory}') as category, count(*) as count from jr_failed_tasks_dlq
where created_at > $1 group by 1 order by 2 desc, 1`;

/** What a drain reads. */
export function postgresDrainView(pool: pg.Pool): DrainView {
  const one = async <T>(what: string, sql: string, values: unknown[]): Promise<T | null> =>
    await ledgerCall(what, async () => {
      const { rows } = await pool.query<Record<string, T>>(sql, values);
      // The statements answer one column.
      return Object.values(rows[0] ?? {})[0] ?? null;
    });
  const list = async <T>(what: string, sql: string, values: unknown[]): Promise<T[]> =>
    await ledgerCall(what, async () => {
      const { rows } = await pool.query<Record<string, T>>(sql, values);
      return rows.flatMap(row => Object.values(row));
    });
  const rowsOf = async <T extends pg.QueryResultRow>(what: string, sql: string, values: unknown[]) =>
    await ledgerCall(what, async () => (await pool.query<T>(sql, values)).rows);
  return {
    getRun: id => one<DrainRunView>('show a drain', getRunSql, [id]),
    countCategories: (selection, maxReplays, now) =>
      list<CategoryCount>('count categories', countCategoriesSql, [
        ...selectionValues(selection, now),
        maxReplays,
      ]),
    openEntries: async () =>
      (await rowsOf<{ count: number; lastEntryId: number }>('count entries', openEntriesSql, []))[0] ?? {
        count: 0,
        lastEntryId: 0,
      },
    countCandidates: async candidates =>
      (await one<number>('count entries', countCandidatesSql, candidateValues(candidates))) ?? 0,
    candidates: (candidates, limit) =>
      rowsOf<PlannableEntry>('read entries', candidatesSql, [...candidateValues(candidates), limit]),
    plannable: async entryId =>
      (await rowsOf<PlannableEntry>('read an entry', plannableSql, [entryId]))[0] ?? null,
    sample: (selection, size, now) =>
      list<SampledEntry>('sample entries', sampleSql, [...selectionValues(selection, now), size]),
    newSince: time =>
      rowsOf<{ category: string; count: number }>('look for what came back', newSinceSql, [time]),
  };
}
