import { userInfo } from 'node:os';
import { exitCodes, UsageError } from '../failures.ts';
import { followTask } from '../follow.ts';
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
  if (!/^\d{1,15}$/.test(id)) throw new UsageError(`${id} is no task id: "npx jr status" lists the tasks.`);
  if (reason.trim() === '') throw new UsageError('--reason is empty: say why this may be done.');
  const taskId = Number(id);
  return await withStack(async ({ view, queue, operations }) => {
    const result = await operations.approveTask(taskId, by ?? userInfo().username, reason, new Date());
    if (result.kind === 'unknown') {
      throw new UsageError(`There is no task ${id}: "npx jr status" lists the latest.`);
    }
    if (result.kind === 'not_waiting') {
      const message = `Task ${id} is ${result.status} and waits for no approval.`;
      process.stdout.write(
        json ? `${JSON.stringify({ task_id: taskId, approved: false, message })}\n` : `${message}\n`,
      );
      return exitCodes.failed;
    }
    await queue.ring([{ taskId, delaySeconds: 0 }]);
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
