import type { Part } from './part.ts';

/** Tasks that one sweep rings for at most: each is a claim, and what is left is for the next sweep. */
const limit = 500;

/**
 * Rings for tasks whose lease has run out. The claim that answers takes the task over, closes the attempt as crashed,
 * counts it and gives poison to a person (invariant 9); a lease that somebody has renewed by then is left alone. One
 * that was rung for and not claimed is rung for again by the next sweep.
 */
export const takeBackLeases: Part = async ({ healthLedger, queue, clock, log }) => {
  const taskIds = await healthLedger.expiredLeases(clock.now(), limit);
  if (taskIds.length > 0) {
    await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
    log.warn('health_sweep.leases_expired', { task_ids: taskIds });
  }
  return { expired: taskIds.length };
};
