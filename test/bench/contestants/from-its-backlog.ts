import { setTimeout as sleep } from 'node:timers/promises';
import { dispatch } from '../../../shared/flow/dispatch.ts';
import { memoryTaskQueue } from '../../support/memory-queue.ts';
import type { Contestant } from '../contestant.ts';
import { batch, connections, execute, prepare, session } from './jr-executor.ts';

/** The same tasks where they wait in the ledger, as those that SQL inserts: each has to be picked and rung for first. */
export const fromItsBacklog: Contestant = {
  settings:
    'jr-executor with its tasks in the ledger instead of the queue, as SQL inserts them: a sweep fills the window of bells once, then the batches do, as execute-task does it',
  async open(options) {
    const { pool, deps } = await prepare(options);
    const queue = memoryTaskQueue();
    const ringing = { ...deps, queue };
    const run = (ids: readonly number[]) => execute(ids, 'steps', ringing);
    return {
      ...session(pool, deps, run),
      async drain(tasks) {
        let begun = 0;
        let running = 0;
        const lane = async () => {
          while (begun < tasks) {
            const ids = queue.rung.splice(0, batch).map(({ taskId }) => taskId);
            begun += ids.length;
            running += ids.length;
            if (running === 0) throw new Error(`Nobody rings for ${tasks - begun} of ${tasks} tasks.`);
            await (ids.length > 0 ? run(ids) : sleep(1));
            running -= ids.length;
          }
        };
        await dispatch({ assignAtMost: batch, lookForUnassigned: false }, ringing);
        await Promise.all(Array.from({ length: connections }, lane));
        return {};
      },
    };
  },
};
