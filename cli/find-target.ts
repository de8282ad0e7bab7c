import { findStack } from '../infra/local/control.ts';
import { DECLARED_GROUP } from '../infra/local/scheduler/declared-group.ts';
import { UsageError } from './failures.ts';
import type { Target } from './target.ts';

/** What was asked for by `--stage`; one command is one process. */
let chosen: string | null = null;

/** Says that the command is for a deployed stage. */
export function chooseStage(stage: string | undefined): void {
  chosen = stage ?? null;
}

/** @throws {UsageError} when there is no such stage, or the local stack is not running */
export async function findTarget(): Promise<Target> {
  if (chosen === null) return await localTarget();
  const { stageTarget } = await import('./stage-target.ts');
  return await stageTarget(chosen, process.env);
}

async function localTarget(): Promise<Target> {
  const info = await findStack();
  if (info === null) {
    throw new UsageError(
      'The local stack is not running: start it with "npx jr up" (or npm start), or name a deployed stage with --stage.',
    );
  }
  const tasksQueueUrl = info.queues['jr-tasks'];
  if (tasksQueueUrl === undefined) {
    throw new UsageError(
      'The local stack has no queue jr-tasks: restart it with "npx jr down" and "npx jr up".',
    );
  }
  return {
    ledger: { kind: 'url', url: info.database_url },
    tasksQueueUrl,
    queues: info.queues,
    schedules: { group: DECLARED_GROUP, nameOf: key => key },
    stage: null,
    functionName: name => name,
    local: info,
  };
}
