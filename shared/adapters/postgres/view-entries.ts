import type pg from 'pg';
import type { DlqSummary, DlqView, EntryDetail, EntryView } from '../../ports/dlq-view.ts';
import { ledgerCall } from './pool.ts';
import { taskDetailJson } from './view-tasks.ts';

const summarySql = `
select
  count(*) filter (where resolution_status = 'unresolved') as unresolved,
  count(*) filter (where resolution_status = 'retrying') as retrying,
  count(*) filter (where escalation_level = 2 and resolution_status in ('unresolved', 'retrying')) as escalated_tpm,
  count(*) filter (where escalation_level = 3 and resolution_status in ('unresolved', 'retrying')) as escalated_council,
  count(*) filter (where resolution_status = 'resolved') as resolved,
  count(*) filter (where resolution_status = 'abandoned') as abandoned
from jr_failed_tasks_dlq`;

/** The columns of an entry `d` and its task `w`. Postgres makes the JSON, so that times are what the command line prints. */
export function entryColumns(d: string): string {
  return `
  ${d}.id, ${d}.original_task_id, w.title, w.status as task_status, ${d}.failure_reason, ${d}.step_number,
  ${d}.error_code, ${d}.error_class, ${d}.retry_count, ${d}.max_retries, ${d}.escalation_level,
  ${d}.assigned_escalation_target, ${d}.resolution_status, ${d}.resolution_notes, ${d}.next_retry_timestamp,
  ${d}.last_retry_timestamp, ${d}.raised_at, ${d}.notified_at, ${d}.resolved_at, ${d}.created_at, ${d}.updated_at`;
}

/** The votes on an entry `d` in the order they were cast, as an expression. */
export function votesJson(d: string): string {
  return `coalesce((select jsonb_agg(to_jsonb(v) - 'entry_id' order by v.voted_at, v.voter)
    from jr_council_votes v where v.entry_id = ${d}.id), '[]')`;
}

const listEntriesSql = `
select to_jsonb(e) as entry from (
  select ${entryColumns('d')} from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
  where ($1::int is null or d.escalation_level = $1)
    and (cardinality($2::text[]) = 0 or d.resolution_status = any($2))
  order by d.id desc limit $3
) e order by e.id desc`;

const getEntrySql = `
select to_jsonb(e) as entry from (
  select ${entryColumns('d')}, d.failure_traceback,
    ${votesJson('d')} as votes,
    coalesce((select jsonb_agg(to_jsonb(o) order by o.id desc) from (
      select ${entryColumns('o')} from jr_failed_tasks_dlq o
      where o.original_task_id = w.id and o.id <> d.id) o), '[]') as other_entries,
    coalesce((select jsonb_agg(jsonb_build_object('version', r.version, 'assigned_jr', r.assigned_jr,
        'parameters', r.parameters, 'changed_by', r.changed_by, 'reason', r.reason, 'changed_at', r.changed_at)
        order by r.version)
      from jr_task_revisions r where r.task_id = w.id), '[]') as revisions, w.replay_count, d.drain_run_id,
    ${taskDetailJson('d.original_task_id')} as task
  from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
  where d.id = $1
) e`;

/** The dead letter queue as the command line reads it. */
export function postgresDlqView(pool: pg.Pool): DlqView {
  return {
    summary: () =>
      ledgerCall('count entries', async (): Promise<DlqSummary> => {
        const { rows } = await pool.query<DlqSummary>(summarySql);
        // An aggregate without groups always has one row.
        return rows[0] as DlqSummary;
      }),
    listEntries: ({ level, statuses, limit }) =>
      ledgerCall('list entries', async () => {
        const { rows } = await pool.query<{ entry: EntryView }>(listEntriesSql, [level, statuses, limit]);
        return rows.map(({ entry }) => entry);
      }),
    getEntry: id =>
      ledgerCall('show an entry', async () => {
        const { rows } = await pool.query<{ entry: EntryDetail }>(getEntrySql, [id]);
        return rows[0]?.entry ?? null;
      }),
  };
}
