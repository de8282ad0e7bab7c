/** Completed tasks `w`, written so that their partial index serves. */
export const isCompleted = `w.status = 'completed'`;

/** When task `w` was completed; `infinity` where a worker said so by SQL and gave no time. */
export const completedAt = `coalesce(w.completed_at, 'infinity'::timestamptz)`;

/** Of those the ones without a time. */
export const isUndated = `${isCompleted} and ${completedAt} = 'infinity'`;
