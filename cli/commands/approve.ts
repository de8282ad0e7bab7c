import { sayPause } from '../claims-text.ts';
import { exitCodes } from '../failures.ts';
import { followTask } from '../follow.ts';
import { print } from '../print.ts';
import { ringFor } from '../ring.ts';
import { given, refuse, taskIdOf, unknownTask, who } from '../signature.ts';
import { withStack } from '../stack-client.ts';
import { describeTask, followedLine } from '../task-text.ts';

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
  return await withStack(async ({ view, queue, operations, rules, claims }) => {
    const result = await operations.approveTask(taskId, approver, why, new Date());
    if (result.kind === 'unknown') throw unknownTask(taskId);
    if (result.kind === 'for_council') {
      const message = forCouncil(taskId, result.entryId, rules.council_quorum);
      return refuse(json, { task_id: taskId, entry_id: result.entryId, approved: false }, message);
    }
    if (result.kind === 'not_waiting') {
      return refuse(json, { task_id: taskId, approved: false }, notWaiting(taskId, result.status));
    }
    await ringFor(queue, taskId);
    const tell = (line: string) => {
      if (!json) print(`${line}\n`);
    };
    tell(`Task ${id} is approved (${result.errorCodes.join(', ') || 'as a whole'}) and goes on.`);
    await sayPause(claims, tell);
    const task = wait ? await followTask(view, taskId, state => tell(followedLine(state))) : null;
    if (json) {
      print(`${JSON.stringify({ task_id: taskId, approved: true, error_codes: result.errorCodes, task })}\n`);
    } else if (task !== null) print(`\n${describeTask(task)}\n`);
    return wait && task?.status !== 'completed' ? exitCodes.failed : exitCodes.done;
  });
}

function notWaiting(taskId: number, status: string): string {
  if (status === 'completed' || status === 'cancelled')
    return `Task ${taskId} is ${status}: it has ended, there is nothing to approve.`;
  return `Task ${taskId} is ${status} and waits for no approval: "npx jr status ${taskId}" says how it goes on.`;
}

function forCouncil(taskId: number, entryId: number | null, quorum: number): string {
  const waits = `Task ${taskId} was handed in to wait for the Council: one person cannot let it through, ${quorum} equal votes do.`;
  return entryId === null
    ? `${waits} Its entry is made within a minute: "npx jr dlq --level 3" shows it, then vote on it.`
    : `${waits} Vote: npx jr dlq vote ${entryId} approve --reason "why"`;
}
