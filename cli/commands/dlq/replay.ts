import { exitCodes } from '../../failures.ts';
import { followTask } from '../../follow.ts';
import { ringFor } from '../../ring.ts';
import { entryIdOf, refuse, say, signature, unknownEntry } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';
import { describeTask, taskLine } from '../../task-text.ts';

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `jr dlq replay`: the task goes back to the queue and begins at the foot of the ladder. */
export async function replay(id: string, { json, wait, ...options }: Options): Promise<number> {
  const entryId = entryIdOf(id);
  const signed = signature(options);
  return await withStack(async ({ view, queue, operations }) => {
    const result = await operations.requeue({ entryId }, signed, new Date());
    if (result.kind === 'unknown') throw unknownEntry(entryId);
    const { taskId } = result;
    const fields = { entry_id: entryId, task_id: taskId, requeued: result.kind === 'done' };
    if (result.kind === 'refused') return refuse(json, fields, result.message);
    await ringFor(queue, taskId);
    const warning = result.blocked
      ? `A guard stopped it and nobody has approved that: unless its document or its files have changed it will be stopped again. To let it through: npx jr approve ${taskId} --reason "why"`
      : null;
    if (!json) {
      say(json, fields, `Task ${taskId} is back in the queue; entry ${entryId} is resolved.`);
      if (warning !== null) say(json, fields, warning);
    }
    const task = wait
      ? await followTask(view, taskId, state => {
          if (!json) process.stdout.write(`${taskLine(state)}\n`);
        })
      : null;
    if (json) say(json, { ...fields, warning, task }, '');
    else if (task !== null) process.stdout.write(`\n${describeTask(task)}\n`);
    return wait && task?.status !== 'completed' ? exitCodes.failed : exitCodes.done;
  });
}
