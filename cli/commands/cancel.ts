import { exitCodes } from '../failures.ts';
import { ringFor } from '../ring.ts';
import { refuse, say, signature, taskIdOf, unknownTask } from '../signature.ts';
import { withStack } from '../stack-client.ts';

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr cancel`: ends a task for good, also one that runs; its open entry is abandoned with it. */
export async function cancel(id: string, { json, ...options }: Options): Promise<number> {
  const taskId = taskIdOf(id);
  const signed = signature(options);
  return await withStack(async ({ operations, queue }) => {
    const result = await operations.cancelTask(taskId, signed, new Date());
    if (result.kind === 'unknown') throw unknownTask(taskId);
    if (result.kind === 'refused') {
      return refuse(json, { task_id: taskId, cancelled: false }, result.message);
    }
    if (result.ring) await ringFor(queue, taskId);
    const entry = result.entryId === null ? '' : ` Its entry ${result.entryId} is abandoned.`;
    say(
      json,
      { task_id: taskId, cancelled: true, entry_id: result.entryId },
      `Task ${taskId} is cancelled.${entry}`,
    );
    return exitCodes.done;
  });
}
