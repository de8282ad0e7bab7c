/**
 * An attempt has its row in `jr_task_attempts` from its end on. While it runs, all there is to say of it stands on its
 * task: attempt_count, lease_epoch, started_at and function_request_id, and that it has not ended: the lease.
 */

/** Of task `w`: whether an attempt of it has not ended, whatever has become of the task since. */
export const isUnended = 'w.lease_expires_at is not null';

/** Crashes of task `w`, the attempt included that has not ended: where this is asked, its lease has run out. */
export const crashes = `((select count(*) from jr_task_attempts a where a.task_id = w.id and a.outcome = 'crashed')
      + (${isUnended})::int)`;

/** Whether the last attempt of task `w` that has ended was a crash, whoever has put the task back since. */
export const lastCrashed = `coalesce((select a.outcome = 'crashed' from jr_task_attempts a where a.task_id = w.id
      order by a.attempt desc limit 1), false)`;

const highest = `(select coalesce(max(a.attempt), 0) from jr_task_attempts a where a.task_id = w.id)`;

/** The number of the attempt of task `w` that has not ended, also where somebody set the count back by SQL. */
export const unendedNumber = `greatest(w.attempt_count, 1 + ${highest})`;

/** The number of the next attempt of task `w`, after that one. */
export const nextNumber = `1 + greatest(w.attempt_count, ${highest} + (${isUnended})::int)`;

/**
 * Writes the end of the attempt that each task of `tasks` had begun and not ended. `tasks` names a common table expression
 * with the tasks' columns as they were before this statement, locked. `now` is a parameter, `message` an expression over
 * `w`.
 */
export const endUnended = (
  tasks: string,
  outcome: 'crashed' | 'interrupted',
  now: string,
  message: string,
  where = 'true',
) => `
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome, error_code, error_message,
    function_request_id)
  select w.id, ${unendedNumber}, w.lease_epoch, coalesce(w.started_at, ${now}), ${now}, '${outcome}',
    ${outcome === 'crashed' ? `'CRASHED'` : 'null'}, ${message}, w.function_request_id
  from ${tasks} w where ${isUnended} and ${where}`;
