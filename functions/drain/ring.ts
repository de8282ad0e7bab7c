import { JrError } from '../../shared/domain/failure.ts';
import type { Dependencies } from './dependencies.ts';

/** Rings for a task that the ledger knows to wait: if it cannot be rung for now, a sweep rings (invariant 2). */
export async function ring(
  taskId: number,
  now: Date,
  { queue, drains, log }: Pick<Dependencies, 'queue' | 'drains' | 'log'>,
): Promise<void> {
  try {
    await drains.markRung([taskId], now);
    await queue.ring([{ taskId, delaySeconds: 0 }]);
  } catch (error) {
    if (!(error instanceof JrError)) throw error;
    log.warn('drain.not_rung', { task_id: taskId, message: error.message });
  }
}
