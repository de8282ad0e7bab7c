/**
 * The states of a task `w` that is found by its id or its parent. Not written with `=`: that would offer the planner the
 * index of all tasks in that state, and it would walk over every entry there for each batch, with an old snapshot about
 * over the dead ones too.
 */
export const isRunning = `w.status is not distinct from 'in_progress'`;
export const isBlocked = `w.status is not distinct from 'blocked'`;
