import { randomUUID } from 'node:crypto';
import type { Bell } from '../../shared/domain/bell.ts';
import type { Ping } from '../../shared/domain/liveness.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';

/** The task queue in memory, held to the real one by test/contract/task-queue.test.ts. */
export function memoryTaskQueue(): TaskQueue & {
  readonly bodies: string[];
  readonly rung: Bell[];
  readonly pinged: Ping[];
} {
  const bodies: string[] = [];
  const rung: Bell[] = [];
  const pinged: Ping[] = [];
  return {
    rung,
    pinged,
    bodies,
    async send(body) {
      bodies.push(body);
      return randomUUID();
    },
    async ring(bells) {
      rung.push(...bells);
      bodies.push(...bells.map(({ taskId }) => JSON.stringify({ type: 'task.run', task_id: taskId })));
    },
    async ping(pings) {
      pinged.push(...pings);
      bodies.push(
        ...pings.map(({ jrName, sentAt }) =>
          JSON.stringify({ type: 'jr.ping', jr_name: jrName, sent_at: sentAt }),
        ),
      );
    },
  };
}
