import { exitCodes } from '../failures.ts';
import { findTask } from '../find-task.ts';
import { print } from '../print.ts';
import { unknownTask } from '../signature.ts';
import { withStack } from '../stack-client.ts';
import { timelineOf } from '../timeline.ts';
import { describeTimeline } from '../timeline-text.ts';

/** `jr trace`: the life of a task in the order of time. */
export async function trace(id: string, { json }: { readonly json?: boolean }): Promise<number> {
  return await withStack(async ({ view, life: lives }) => {
    const taskId = await findTask(view, id);
    const life = await lives.getLife(taskId);
    if (life === null) throw unknownTask(taskId);
    const { task } = life;
    const timeline = timelineOf(life);
    if (json) {
      const { title, task_key, status, attempt_count } = task;
      print(`${JSON.stringify({ task_id: taskId, task_key, title, status, attempt_count, ...timeline })}\n`);
    } else print(`${describeTimeline(task, timeline)}\n`);
    return exitCodes.done;
  });
}
