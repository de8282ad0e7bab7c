import type pg from 'pg';
import type { LifeView, TaskLife } from '../../ports/life-view.ts';
import { ledgerCall } from './pool.ts';
import { entryColumns, votesJson } from './view-entries.ts';
import { taskDetailJson } from './view-tasks.ts';

const getLifeSql = `
select jsonb_build_object(
  'task', ${taskDetailJson('$1')} || jsonb_build_object('source', w.source, 'created_by', w.created_by,
    'assigned_at', w.assigned_at),
  'entries', coalesce((select jsonb_agg(to_jsonb(e) order by e.created_at, e.id) from (
    select ${entryColumns('d')}, ${votesJson('d')} as votes
    from jr_failed_tasks_dlq d where d.original_task_id = w.id) e), '[]'),
  'approvals', coalesce((select jsonb_agg(to_jsonb(p) - 'id' order by p.approved_at, p.id) from (
    select id, approved_by, reason, error_codes, approved_at
    from jr_task_approvals a where a.task_id = w.id) p), '[]'),
  'drains', coalesce((select jsonb_agg(to_jsonb(i) order by i.claimed_at, i.run_id) from (
    select i.run_id, i.entry_id, r.operator, r.reason, i.state, i.outcome, i.claimed_at, i.settled_at
    from jr_drain_items i join jr_drain_runs r on r.id = i.run_id where i.task_id = w.id) i), '[]'),
  'revisions', coalesce((select jsonb_agg(to_jsonb(v) order by v.version) from (
    select version, changed_by, reason, changed_at
    from jr_task_revisions v where v.task_id = w.id and version > 1) v), '[]')) as life
from jr_work_queue w where w.id = $1`;

/** The life of a task as the command line reads it. */
export function postgresLifeView(pool: pg.Pool): LifeView {
  return {
    getLife: taskId =>
      ledgerCall('trace a task', async () => {
        const { rows } = await pool.query<{ life: TaskLife }>(getLifeSql, [taskId]);
        return rows[0]?.life ?? null;
      }),
  };
}
