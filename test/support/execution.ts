import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Dependencies as AssignDependencies } from '../../functions/auto-assign/run.ts';
import type { Dependencies as LadderDependencies } from '../../functions/dlq-retry/dependencies.ts';
import type { Dependencies } from '../../functions/execute-task/dependencies.ts';
import { run } from '../../functions/execute-task/run.ts';
import type { Summary } from '../../functions/execute-task/summary.ts';
import type { Dependencies as HealthDependencies } from '../../functions/health-sweep/part.ts';
import ladder from '../../infra/ladder.json' with { type: 'json' };
import sweeps from '../../infra/sweeps.json' with { type: 'json' };
import { postgresHealthLedger } from '../../shared/adapters/postgres/care-for-ledger.ts';
import { postgresDispatchLedger } from '../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresDrainLedger } from '../../shared/adapters/postgres/drain-ledger.ts';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { postgresServiceLedger } from '../../shared/adapters/postgres/measure-service-levels.ts';
import { postgresAlertLedger } from '../../shared/adapters/postgres/observe-alerts.ts';
import { postgresLadderLedger } from '../../shared/adapters/postgres/sweep-ladder.ts';
import { postgresLedgerView } from '../../shared/adapters/postgres/view-tasks.ts';
import { postgresJrLedger } from '../../shared/adapters/postgres/watch-jrs.ts';
import { decodeMessage } from '../../shared/adapters/sqs/decode-message.ts';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';
import { fileWorkspace } from '../../shared/adapters/workspace/workspace.ts';
import type { Announcement } from '../../shared/domain/announcement.ts';
import type { Bell } from '../../shared/domain/bell.ts';
import type { Ping } from '../../shared/domain/liveness.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import { defaultGuards } from '../../shared/edit/guard-settings.ts';
import type { TaskDetail } from '../../shared/ports/ledger-view.ts';
import type { WakeUp, WakeUps } from '../../shared/ports/wake-ups.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { memoryTaskQueue } from './memory-queue.ts';
import { untraced } from './untraced.ts';

/** execute-task's run over a real ledger and a real folder, with a clock that the test moves. */
export interface Execution {
  /** The folder of its workspace. */
  readonly root: string;
  readonly database: TestDatabase;
  readonly deps: Dependencies;
  /** The bells that were rung, in order. */
  readonly rung: Bell[];
  /** The bodies of the messages on the queue, in order; nobody receives them but the test. */
  readonly queued: string[];
  /** The pings that were sent, in order. */
  readonly pinged: Ping[];
  /** The one-time schedules that there are, by task. */
  readonly scheduled: Map<number, Date>;
  /** The one-time invocations that there are, by name. */
  readonly wakeUps: Map<string, WakeUp>;
  readonly logged: { event: string; fields: Record<string, unknown> }[];
  now: Date;
  invoke(
    messages: QueueMessage[],
    overrides?: Partial<Dependencies>,
    remainingMs?: () => number,
  ): Promise<Summary>;
  /** Runs a document as a task of its own and answers what the ledger says of it afterwards. */
  task(id: number): Promise<TaskDetail>;
  put(path: string, text: string | Uint8Array): Promise<void>;
  read(path: string): Promise<string | null>;
  pathOf(path: string): string;
  close(): Promise<void>;
}

/** What dlq-retry needs besides, on a level 3 queue and a notifier in memory. */
export function ladderOf(execution: Execution) {
  const council: QueueMessage[] = [];
  const published: Announcement[] = [];
  const deps: LadderDependencies = {
    ...execution.deps,
    ladderLedger: postgresLadderLedger(execution.database.pool),
    alertLedger: postgresAlertLedger(execution.database.pool),
    drains: postgresDrainLedger(execution.database.pool),
    drainRules: sweeps.drain,
    deadLetters: {
      receive: async () =>
        council.slice(0, 10).map(message => ({ ...message, receiptHandle: message.messageId })),
      remove: async handles => {
        const kept = council.filter(({ messageId }) => !handles.includes(messageId));
        council.splice(0, council.length, ...kept);
      },
    },
    notifier: { publish: async announcement => void published.push(announcement) },
    wakeUps: wakeUpsOf(execution),
  };
  return { deps, council, published };
}

function wakeUpsOf({ wakeUps }: Execution): WakeUps {
  return {
    set: async wakeUp => void wakeUps.set(wakeUp.name, wakeUp),
    remove: async name => void wakeUps.delete(name),
  };
}

/** What auto-assign needs besides. */
export function dispatchOf(execution: Execution): AssignDependencies {
  return {
    ...execution.deps,
    alertLedger: postgresAlertLedger(execution.database.pool),
    queueDepth: async () => ({ visible: execution.queued.length, in_flight: 0, delayed: 0 }),
  };
}

/** What health-sweep needs besides. */
export function healthOf(execution: Execution): HealthDependencies {
  const { pool } = execution.database;
  return {
    ...execution.deps,
    retention: sweeps.retention,
    alertLedger: postgresAlertLedger(pool),
    jrLedger: postgresJrLedger(pool),
    healthLedger: postgresHealthLedger(pool),
    serviceLedger: postgresServiceLedger(pool),
    wakeUps: wakeUpsOf(execution),
    metrics: { publish: () => undefined },
    serviceLevels: sweeps.service_levels,
  };
}

export async function createExecution(): Promise<Execution> {
  const database = await createDatabase();
  const root = await mkdtemp(join(tmpdir(), 'jr-execution-'));
  const queue = memoryTaskQueue();
  const scheduled = new Map<number, Date>();
  const wakeUps = new Map<string, WakeUp>();
  const logged: Execution['logged'] = [];
  const log = (event: string, fields: Record<string, unknown> = {}) => void logged.push({ event, fields });
  const execution: Execution = {
    root,
    database,
    rung: queue.rung,
    queued: queue.bodies,
    pinged: queue.pinged,
    scheduled,
    wakeUps,
    logged,
    now: new Date('2026-03-01T12:00:00Z'),
    deps: {
      ledger: postgresLedger(database.pool),
      dispatchLedger: postgresDispatchLedger(database.pool),
      dispatching: { ...sweeps.dispatch, ...sweeps.assignment },
      workspace: fileWorkspace({ root }),
      syntax: syntaxChecker({ onFault: (_, error) => assert.fail(String(error)) }),
      queue,
      scheduler: {
        ringAt: async (taskId, at) => void scheduled.set(taskId, at),
        remove: async taskId => void scheduled.delete(taskId),
      },
      rules: ladder.rules,
      liveness: sweeps.liveness,
      random: () => 0,
      pause: async ms => {
        execution.now = new Date(execution.now.getTime() + ms);
      },
      clock: { now: () => execution.now },
      log: { info: log, warn: log, error: log },
      tracer: untraced,
      decode: decodeMessage,
      sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
      pathPrefixes: ['/ganuda'],
      guards: defaultGuards,
    },
    async invoke(messages, overrides = {}, remainingMs) {
      const deadline = execution.now.getTime() + 60_000;
      const left = remainingMs ?? (() => deadline - execution.now.getTime());
      return await run(
        { messages, requestId: 'test', remainingMs: left },
        { ...execution.deps, ...overrides },
      );
    },
    async task(id) {
      const task = await postgresLedgerView(database.pool).getTask(id);
      if (task === null) throw new Error(`There is no task ${id}.`);
      return task;
    },
    async put(path, text) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    },
    pathOf: path => join(root, path),
    read: path => readFile(join(root, path), 'utf8').catch(() => null),
    async close() {
      await database.drop();
      await rm(root, { recursive: true, force: true });
    },
  };
  return execution;
}
