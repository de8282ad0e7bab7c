import { oldestThatFires } from '../../shared/domain/ladder.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import { batch, type Dependencies, maxBatches } from './dependencies.ts';

/** A retry rings itself by an SQS delay; one that is still not begun this long after its time has lost its bell. */
const lostBellMs = 60_000;

/** What was rung by a sweep and not begun is rung again after this long. */
const ringAgainMs = 300_000;

/** Rings for retries that are due and that nothing else has rung for. */
export const ringDue: Part<Dependencies> = async ({ ladderLedger, queue, clock, rules }, late) => {
  let rung = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const now = clock.now();
    const taskIds = await ladderLedger.takeDueRetries({
      now,
      dueBefore: new Date(now.getTime() - lostBellMs),
      rungBefore: new Date(now.getTime() - ringAgainMs),
      oldestEntry: oldestThatFires(rules, now),
      limit: batch,
    });
    if (taskIds.length > 0) await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
    rung += taskIds.length;
    if (taskIds.length < batch) break;
  }
  return { rung };
};

/** Rings for tasks that were cancelled or given to a person while an attempt lay dead between two writes (invariant 4). */
export const ringHalfWritten: Part<Dependencies> = async ({ ladderLedger, queue, clock }) => {
  const taskIds = await ladderLedger.takeHalfWritten(clock.now(), batch);
  if (taskIds.length > 0) await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
  return { half_written: taskIds.length };
};
