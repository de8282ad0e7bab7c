import type pg from 'pg';
import type { Operations } from '../../ports/operations.ts';
import { approveTask } from './approve-task.ts';
import { ledgerCall } from './pool.ts';

/** What people do to tasks, in Postgres. */
export function postgresOperations(pool: pg.Pool): Operations {
  return {
    approveTask: (id, approvedBy, reason, now) =>
      ledgerCall('approve a task', () => approveTask(pool, id, approvedBy, reason, now)),
  };
}
