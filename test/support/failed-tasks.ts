import assert from 'node:assert/strict';
import type { AttemptEnd } from '../../shared/domain/task.ts';
import type { ClaimedTask, Ledger } from '../../shared/ports/ledger.ts';
import { incoming } from './submissions.ts';

/** Takes a task in and claims it under a lease of a minute. */
export async function runningTask(ledger: Ledger, now: Date): Promise<ClaimedTask> {
  return await claimOne(ledger, await takenIn(ledger, now), now);
}

export async function takenIn(ledger: Ledger, now: Date, submission = {}): Promise<number> {
  const message = incoming(submission);
  const { taskIds } = await ledger.takeIn({ submissions: [message], rejections: [], window: 200 }, now);
  const id = taskIds.get(message.messageId);
  assert.ok(id !== undefined, 'the submission was taken in');
  return id;
}

export async function claimOne(ledger: Ledger, taskId: number, now: Date): Promise<ClaimedTask> {
  const { tasks } = await ledger.claimTasks({
    taskIds: [taskId],
    now,
    oldestEntry: new Date(0),
    maxCrashes: 3,
    leaseUntil: new Date(now.getTime() + 60_000),
    functionRequestId: 'test',
  });
  const [task] = tasks;
  assert.ok(task, `task ${taskId} may be claimed`);
  return task;
}

/** How attempts of tests end. */
export const ends = {
  completed: {
    outcome: 'completed',
    statusMessage: 'done',
    artifacts: [],
    result: {
      files_changed: 0,
      steps_total: 0,
      steps_applied: 0,
      steps_already_applied: 0,
      lines_added: 0,
      lines_removed: 0,
      duration_ms: 1,
    },
  },
  interrupted: { outcome: 'interrupted', statusMessage: 'given back' },
  /** What is permanent goes to the TPM at once. */
  failed: {
    outcome: 'failed',
    errorCode: 'SEARCH_NOT_FOUND',
    errorClass: 'permanent',
    errorMessage: 'It is not there.',
    problems: [{ code: 'SEARCH_NOT_FOUND', message: 'It is not there.', line: 3, nearest: null }],
    stepNumber: 1,
    maxRetries: 3,
    approvalNeeded: null,
    entry: { status: 'unresolved', level: 2, retryCount: 0 },
  },
} as const satisfies Record<string, AttemptEnd>;

/** A failure that is retried at `nextRetryAt`. */
export function retriedAt(nextRetryAt: Date): AttemptEnd {
  const entry = { status: 'retrying', level: 0, retryCount: 1, nextRetryAt } as const;
  return { ...ends.failed, errorCode: 'WORKSPACE_IO', errorClass: 'transient', entry };
}

/** What a guard stopped, for a person to allow. */
export const stopped: AttemptEnd = {
  ...ends.failed,
  errorCode: 'PATH_PROTECTED',
  errorClass: 'approval',
  approvalNeeded: { planHash: 'p1', errorCodes: ['PATH_PROTECTED'] },
};

export async function settle(
  ledger: Ledger,
  { lease }: ClaimedTask,
  end: AttemptEnd,
  now: Date,
): Promise<number> {
  const held = await ledger.settle([{ lease, end, steps: [] }], now);
  assert.ok(held.has(lease.taskId), 'the attempt held its task');
  return lease.taskId;
}
