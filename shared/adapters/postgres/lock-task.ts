import type pg from 'pg';
import type { TouchedEntry, TouchedTask } from '../../domain/intervention.ts';
import type { EntryRef } from '../../ports/operations.ts';

/** A task that nobody else changes while the transaction lasts, and the entry that was named or is open. */
export interface Locked {
  readonly task: TouchedTask;
  readonly entry: TouchedEntry | null;
}

const taskSql = `
select w.id, w.status, w.requires_council_approval as "requiresCouncilApproval" from jr_work_queue w`;
const entrySql = `
select d.id, d.resolution_status as status, d.escalation_level as level, d.resolution_notes as notes
from jr_failed_tasks_dlq d`;

const lockTaskSql = `${taskSql} where w.id = $1 for update`;
const lockTaskOfEntrySql = `${taskSql} where w.id = (select original_task_id from jr_failed_tasks_dlq where id = $1) for update`;
const lockOpenEntrySql = `${entrySql} where d.original_task_id = $1 and d.resolution_status in ('unresolved', 'retrying') for update`;
const lockEntrySql = `${entrySql} where d.id = $1 for update`;

/**
 * Locks the task, then the entry, the order in which everything here takes them. Two statements: the second sees the
 * entry as the one who held the task before us left it, also one that was not there when we began to wait.
 */
export async function lockTask(client: pg.PoolClient, ref: EntryRef): Promise<Locked | null> {
  const tasks =
    'entryId' in ref
      ? await client.query<TouchedTask>(lockTaskOfEntrySql, [ref.entryId])
      : await client.query<TouchedTask>(lockTaskSql, [ref.taskId]);
  const task = tasks.rows[0];
  if (task === undefined) return null;
  const entries =
    'entryId' in ref
      ? await client.query<TouchedEntry>(lockEntrySql, [ref.entryId])
      : await client.query<TouchedEntry>(lockOpenEntrySql, [task.id]);
  return { task, entry: entries.rows[0] ?? null };
}
