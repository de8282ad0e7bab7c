import { oldestAnswer } from '../../shared/domain/liveness.ts';
import type { Part } from './part.ts';

const batch = 1_000;
const maxBatches = 10;

/**
 * Takes the waiting tasks of Jrs that are silent or out of service from them, for auto-assign to give to others, while
 * there are others, and the retries of those out of service. What runs goes on under its lease.
 */
export const releaseTasks: Part = async ({ jrLedger, clock, log, liveness }, late) => {
  let released = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const now = clock.now();
    const tasks = await jrLedger.releaseTasks({ now, seenAfter: oldestAnswer(liveness, now), limit: batch });
    if (tasks.length > 0) {
      log.warn('health_sweep.tasks_released', {
        jr_names: [...new Set(tasks.map(({ jrName }) => jrName))],
        task_ids: tasks.map(({ taskId }) => taskId),
      });
    }
    released += tasks.length;
    if (tasks.length < batch) break;
  }
  return { released };
};
