import { JrError } from '../shared/domain/failure.ts';
import type { TaskQueue } from '../shared/ports/queue.ts';
import { complain } from './print.ts';

/** Rings for a task that the ledger knows to wait for it. A queue that is away delays it and undoes nothing (invariant 2). */
export async function ringFor(queue: TaskQueue, taskId: number): Promise<void> {
  try {
    await queue.ring([{ taskId, delaySeconds: 0 }]);
  } catch (error) {
    if (!(error instanceof JrError) || error.code !== 'QUEUE_UNAVAILABLE') throw error;
    complain(
      `jr: The bell of task ${taskId} could not be rung: ${error.message} A sweep rings it when the queue is back.\n`,
    );
  }
}
