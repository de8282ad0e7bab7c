import type pg from 'pg';
import type { Operations } from '../../ports/operations.ts';
import { approveTask } from './approve-task.ts';
import { castVote } from './cast-vote.ts';
import { intervene, previewIntervention, previewVote } from './intervene.ts';
import { ledgerCall } from './pool.ts';

/** What people do to tasks, in Postgres. */
export function postgresOperations(pool: pg.Pool): Operations {
  return {
    approveTask: (id, approvedBy, reason, now) =>
      ledgerCall('approve a task', () => approveTask(pool, id, approvedBy, reason, now, 'person')),
    requeue: (ref, signature, now, overrides) =>
      ledgerCall('requeue a task', () => intervene(pool, 'requeue', ref, signature, now, overrides)),
    preview: (intervention, ref) =>
      ledgerCall('look at a task', () => previewIntervention(pool, intervention, ref)),
    resolve: (ref, signature, now) =>
      ledgerCall('resolve an entry', () => intervene(pool, 'resolve', ref, signature, now)),
    abandon: (ref, signature, now) =>
      ledgerCall('abandon an entry', () => intervene(pool, 'abandon', ref, signature, now)),
    cancelTask: (id, signature, now) =>
      ledgerCall('cancel a task', () => intervene(pool, 'cancel', { taskId: id }, signature, now)),
    previewVote: (entryId, vote) => ledgerCall('look at an entry', () => previewVote(pool, entryId, vote)),
    vote: (entryId, ballot, quorum, now) =>
      ledgerCall('cast a vote', () => castVote(pool, entryId, ballot, quorum, now)),
  };
}
