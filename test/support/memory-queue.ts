import { randomUUID } from 'node:crypto';
import type { Bell } from '../../shared/domain/bell.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';

/** The task queue in memory, held to the real one by test/contract/task-queue.test.ts. */
export function memoryTaskQueue(): TaskQueue & { readonly bodies: string[]; readonly rung: Bell[] } {
  const bodies: string[] = [];
  const rung: Bell[] = [];
  return {
    rung,
    bodies,
    async send(body) {
      bodies.push(body);
      return randomUUID();
    },
    async ring(bells) {
      rung.push(...bells);
      bodies.push(...bells.map(({ taskId }) => JSON.stringify({ type: 'task.run', task_id: taskId })));
    },
  };
}
