/**
 * Whether task `w`, found by its id, is running. Not written with `=`: that would offer the planner the index of all
 * running tasks, and with an old snapshot about it would walk over every dead entry there for each batch.
 */
export const isRunning = `w.status is not distinct from 'in_progress'`;
