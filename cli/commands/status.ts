import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskStatus } from '../../shared/domain/task.ts';
import type { LedgerView, TaskDetail } from '../../shared/ports/ledger-view.ts';
import { pausedLine, sayPause } from '../claims-text.ts';
import { exitCodes, UsageError } from '../failures.ts';
import { findTask } from '../find-task.ts';
import { followTask } from '../follow.ts';
import { print } from '../print.ts';
import { type StackClient, withStack } from '../stack-client.ts';
import { describeRejected, describeTask, describeTasks, followedLine, waits } from '../task-text.ts';

interface Options {
  readonly status?: TaskStatus;
  readonly limit: number;
  readonly rejected?: boolean;
  readonly watch?: boolean;
  readonly json?: boolean;
}

const watchMs = 1_000;

/** `jr status`: an overview, or one task by its id or by the id of the message that brought it. */
export async function status(id: string | undefined, options: Options): Promise<number> {
  if (id !== undefined && (options.status !== undefined || options.rejected))
    throw new UsageError('--status and --rejected are for lists: leave them out to see one task.');
  return await withStack(async client => {
    if (options.rejected) return await rejected(client.view, options);
    return id === undefined ? await overview(client, options) : await single(client, id, options);
  });
}

/** What was sent and could not be a task. */
async function rejected(view: LedgerView, { limit, json }: Options): Promise<number> {
  const messages = await view.listRejected(limit);
  print(`${json ? JSON.stringify({ rejected: messages }) : describeRejected(messages)}\n`);
  return exitCodes.done;
}

async function single({ view, claims }: StackClient, id: string, options: Options): Promise<number> {
  const taskId = await findTask(view, id);
  const tell = (task: TaskDetail) =>
    print(options.json ? `${JSON.stringify(task)}\n` : `${followedLine(task)}\n`);
  if (options.watch && !options.json) await sayPause(claims, line => print(`${line}\n`));
  const task = options.watch ? await followTask(view, taskId, tell) : await view.getTask(taskId);
  if (task === null) throw new UsageError(`There is no task ${id}: "npx jr status" lists the latest.`);
  if (!options.json) {
    const paused = waits(task) ? pausedLine(await claims.read()) : null;
    print(`${paused === null ? '' : `${paused}\n\n`}${describeTask(task)}\n`);
  } else if (!options.watch) tell(task);
  return options.watch && task.status !== 'completed' ? exitCodes.failed : exitCodes.done;
}

async function overview({ view, claims }: StackClient, options: Options): Promise<number> {
  let before = '';
  do {
    const tasks = await view.listTasks(options.limit, options.status ?? null);
    const state = await claims.read();
    const paused = pausedLine(state);
    const text = options.json
      ? JSON.stringify({ ...tasks, claims_paused: state.claims_paused })
      : [...(paused === null ? [] : [paused, '']), describeTasks(tasks, options.status ?? null)].join('\n');
    if (text !== before) {
      // On a terminal the new table replaces the old one; into a file each change is kept.
      if (before !== '' && !options.json && process.stdout.isTTY) process.stdout.write('\u001b[2J\u001b[H');
      print(`${text}\n`);
    }
    before = text;
    if (options.watch) await sleep(watchMs);
  } while (options.watch && !process.stdout.destroyed);
  return exitCodes.done;
}
