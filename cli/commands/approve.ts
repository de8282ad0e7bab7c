import { exitCodes } from '../failures.ts';
import { followTask } from '../follow.ts';
import { ringFor } from '../ring.ts';
import { given, refuse, taskIdOf, unknownTask, who } from '../signature.ts';
import { withStack } from '../stack-client.ts';
import { describeTask, taskLine } from '../task-text.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** `jr approve`: lets through what the guards stopped in a task, as it stands, with who and why; the task goes on. */
export async function approve(
  id: string,
  { reason, by, wait = false, json = false }: Options,
): Promise<number> {
  const taskId = taskIdOf(id);
  const why = given('--reason', reason);
  const approver = who(by);
  return await withStack(async ({ view, queue, operations }) => {
    const result = await operations.approveTask(taskId, approver, why, new Date());
    if (result.kind === 'unknown') throw unknownTask(taskId);
    if (result.kind === 'not_waiting') {
      const message = `Task ${id} is ${result.status} and waits for no approval.`;
      return refuse(json, { task_id: taskId, approved: false }, message);
    }
    await ringFor(queue, taskId);
    if (!json)
      process.stdout.write(
        `Task ${id} is approved (${result.errorCodes.join(', ') || 'as a whole'}) and goes on.\n`,
      );
    const task = wait
      ? await followTask(view, taskId, state => {
          if (!json) process.stdout.write(`${taskLine(state)}\n`);
        })
      : null;
    if (json) {
      process.stdout.write(
        `${JSON.stringify({ task_id: taskId, approved: true, error_codes: result.errorCodes, task })}\n`,
      );
    } else if (task !== null) process.stdout.write(`\n${describeTask(task)}\n`);
    return wait && task?.status !== 'completed' ? exitCodes.failed : exitCodes.done;
  });
}
