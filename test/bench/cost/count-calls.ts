import fileSystem from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { sweep as assign } from '../../../functions/auto-assign/run.ts';
import { sweep as climb } from '../../../functions/dlq-retry/run.ts';
import { batchMetrics } from '../../../functions/execute-task/metrics.ts';
import { run } from '../../../functions/execute-task/run.ts';
import { sweep as checkHealth } from '../../../functions/health-sweep/run.ts';
import { emfMetrics } from '../../../shared/adapters/telemetry/emf.ts';
import { jsonLog } from '../../../shared/adapters/telemetry/json-log.ts';
import type { Log } from '../../../shared/ports/log.ts';
import type { Metrics } from '../../../shared/ports/metrics.ts';
import { createExecution, dispatchOf, type Execution, healthOf, ladderOf } from '../../support/execution.ts';
import { submission } from '../../support/messages.ts';
import { recordStatements } from '../../support/statements.ts';
import { documentOf, standingFiles } from '../documents.ts';
import { batch, type Calls, type CountedCalls } from './calls.ts';

/** Runs the functions over a real ledger and a real folder and counts. Counts of calls are the same on every machine. */
export async function countCalls(): Promise<CountedCalls> {
  const execution = await createExecution();
  try {
    for (const { name, text } of standingFiles) await execution.put(name, text);
    const remainingMs = () => 60_000;
    let task = 0;
    const batchOf = async (work: 'steps' | 'files') => {
      const messages = Array.from({ length: batch }, () => {
        task += 1;
        return submission(documentOf(work, task), { dedupe_key: `task-${task}` });
      });
      return await count(execution, async ({ log, metrics }) => {
        const deps = { ...execution.deps, log };
        const summary = await run({ messages, requestId: 'counted', remainingMs }, deps);
        if (summary.completed !== batch) throw new Error(`Of ${batch} tasks ${summary.completed} completed.`);
        metrics.publish(batchMetrics(summary), execution.now);
      });
    };
    // Once before, so that nothing is done for the first time: folders, the plan of a statement.
    await batchOf('files');
    const ladder = ladderOf(execution);
    return {
      batches: { steps: await batchOf('steps'), files: await batchOf('files') },
      sweeps: {
        'auto-assign': await count(execution, ({ log }) =>
          assign(remainingMs, { ...dispatchOf(execution), log }),
        ),
        'dlq-retry': await count(execution, ({ log }) => climb(remainingMs, { ...ladder.deps, log })),
        'health-sweep': await count(execution, ({ log, metrics }) =>
          checkHealth(remainingMs, { ...healthOf(execution), log, metrics }),
        ),
      },
    };
  } finally {
    await execution.close();
  }
}

/** How the counted code speaks. */
function output() {
  let bytes = 0;
  const write = (line: string) => {
    bytes += Buffer.byteLength(line) + 1;
  };
  const told = { function_name: 'execute-task', function_request_id: '00000000-0000-4000-8000-000000000000' };
  return {
    log: jsonLog(() => told, write),
    metrics: emfMetrics('jr-executor-prod', write),
    bytes: () => bytes,
  };
}

async function count(
  execution: Execution,
  work: (told: { readonly log: Log; readonly metrics: Metrics }) => Promise<unknown>,
): Promise<Calls> {
  const told = output();
  const files = await watchFiles();
  const queued = execution.queued.length;
  const scheduled = execution.scheduled.size;
  try {
    const statements = await recordStatements(() => work(told));
    return {
      statements: statements.length,
      // As the adapter sends them: up to ten in a request.
      sends: Math.ceil((execution.queued.length - queued) / batch),
      schedules: execution.scheduled.size - scheduled,
      // A time takes a digit more or less.
      logBytes: Math.round(told.bytes() / 100) * 100,
      ...files.counts,
    };
  } finally {
    files.stop();
  }
}

const { O_WRONLY, O_RDWR } = fileSystem.constants;

const reading =
  /^(?:read|readFile|readv|readdir|readlink|opendir|stat|lstat|fstat|statfs|access|exists|realpath|close)$/;

/** Whether a call changes nothing: by its name, and of those that open a file by what for. */
function onlyLooks(name: string, [, flags = 'r']: readonly unknown[]): boolean {
  if (name !== 'open') return reading.test(name);
  return typeof flags === 'number' ? (flags & (O_WRONLY | O_RDWR)) === 0 : flags === 'r';
}

/** Counts every call of node:fs/promises, of open files and of node:fs by descriptors and at once, until it is stopped. */
async function watchFiles() {
  const counts = { fileReads: 0, fileWrites: 0 };
  const handle = await fs.open('.', 'r');
  const prototype: object = Object.getPrototypeOf(handle);
  await handle.close();
  const undo: (() => void)[] = [];
  const counted = [
    { target: fs, form: /^[a-z]/ },
    { target: prototype, form: /^(?!constructor|on|emit|get)[a-z]/ },
    { target: fileSystem, form: /^([a-z]\w*Sync|open|fsync|link|rename|unlink|mkdir|readdir)$/ },
  ];
  for (const { target, form } of counted)
    for (const name of Object.getOwnPropertyNames(target)) {
      const { value } = Object.getOwnPropertyDescriptor(target, name) ?? {};
      if (typeof value !== 'function' || !form.test(name)) continue;
      const counting = function (this: unknown, ...args: unknown[]) {
        counts[onlyLooks(name.replace('Sync', ''), args) ? 'fileReads' : 'fileWrites'] += 1;
        return Reflect.apply(value, this, args);
      };
      // realpathSync has another function as a property.
      Reflect.set(target, name, Object.assign(counting, value));
      undo.push(() => Reflect.set(target, name, value));
    }
  syncBuiltinESMExports();
  return {
    counts,
    stop: () => {
      for (const each of undo) each();
      syncBuiltinESMExports();
    },
  };
}
