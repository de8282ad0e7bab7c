import { type EntryState, escalationTargets, type Level, type OpenEntry } from '../../domain/ladder.ts';

/** The columns that {@link toEntryColumns} adds to a recordset of ended attempts. */
export const entryRecordset = `failure_reason text, step_number int, error_code text, error_class text,
    entry_status text, entry_level int, entry_target text, retry_count int, next_retry_timestamp timestamptz`;

/**
 * Writes the one open entry (invariant 8) of each task in `failed`, a common table expression of task_id and the
 * columns above. $2 is now. A level never falls and retries never shrink, whatever was read before; raising asks a
 * person anew, so the entry counts as not notified.
 */
export const upsertEntries = `
  insert into jr_failed_tasks_dlq as d (original_task_id, failure_reason, step_number, error_code, error_class,
    retry_count, max_retries, escalation_level, assigned_escalation_target, resolution_status, next_retry_timestamp,
    raised_at, created_at, updated_at)
  select f.task_id, f.failure_reason, f.step_number, f.error_code, f.error_class, f.retry_count, f.max_retries,
    f.entry_level, f.entry_target, f.entry_status, f.next_retry_timestamp,
    case when f.entry_status = 'unresolved' then $2::timestamptz end, $2, $2
  from failed f
  on conflict (original_task_id) where resolution_status in ('unresolved', 'retrying') do update
  set failure_reason = excluded.failure_reason, step_number = excluded.step_number,
      error_code = excluded.error_code, error_class = excluded.error_class,
      retry_count = greatest(d.retry_count, excluded.retry_count),
      escalation_level = greatest(d.escalation_level, excluded.escalation_level),
      assigned_escalation_target = excluded.assigned_escalation_target,
      resolution_status = excluded.resolution_status, next_retry_timestamp = excluded.next_retry_timestamp,
      raised_at = case when excluded.escalation_level > d.escalation_level then $2 else d.raised_at end,
      notified_at = case when excluded.escalation_level > d.escalation_level then null else d.notified_at end,
      updated_at = $2`;

/** Where the ladder takes a task, as columns. */
export function toEntryColumns(state: EntryState) {
  const retrying = state.status === 'retrying';
  return {
    entry_status: state.status,
    entry_level: state.level,
    entry_target: retrying ? null : escalationTargets[state.level],
    retry_count: state.retryCount,
    next_retry_timestamp: retrying ? state.nextRetryAt : null,
  };
}

/** An open entry as {@link openEntryJson} gives it. */
export interface EntryJson {
  readonly retryCount: number;
  readonly escalationLevel: Level;
  readonly createdAt: string;
}

/** An expression for the open entry of a task, null when there is none. `taskId` is a column. */
export function openEntryJson(taskId: string): string {
  return `(select jsonb_build_object('retryCount', d.retry_count, 'escalationLevel', d.escalation_level,
      'createdAt', d.created_at)
    from jr_failed_tasks_dlq d
    where d.original_task_id = ${taskId} and d.resolution_status in ('unresolved', 'retrying'))`;
}

export function openEntry(json: EntryJson | null): OpenEntry | null {
  return json === null ? null : { ...json, createdAt: new Date(json.createdAt) };
}

/** What a task says that waits as a whole for the Council. */
export const waitsForCouncil = 'waits for the approval of the Council';

/**
 * The entry (invariant 8) of tasks that may not run before the Council approved them. `tasks` names a common table
 * expression, or a query, of their ids; $2 is now.
 */
export function insertCouncilEntries(tasks: string): string {
  return `
  insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
    assigned_escalation_target, resolution_status, raised_at, created_at, updated_at)
  select id, 'It was handed in to wait for the approval of the Council: vote on it.', 'APPROVAL_REQUIRED',
    'approval', 3, 'Council', 'unresolved', $2, $2, $2
  from ${tasks}
  on conflict do nothing`;
}
