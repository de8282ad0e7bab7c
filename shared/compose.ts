import { createHash } from 'node:crypto';
import ladder from '../infra/ladder.json' with { type: 'json' };
import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { folderNotifier } from './adapters/notify/folder-notifier.ts';
import { snsNotifier } from './adapters/notify/sns-notifier.ts';
import { postgresHealthLedger } from './adapters/postgres/care-for-ledger.ts';
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { postgresLedger } from './adapters/postgres/ledger.ts';
import { postgresServiceLedger } from './adapters/postgres/measure-service-levels.ts';
import { postgresAlertLedger } from './adapters/postgres/observe-alerts.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { createPool } from './adapters/postgres/pool.ts';
import { postgresJrRegistry } from './adapters/postgres/register-jrs.ts';
import { postgresLadderLedger } from './adapters/postgres/sweep-ladder.ts';
import { postgresDlqView } from './adapters/postgres/view-entries.ts';
import { postgresLifeView } from './adapters/postgres/view-life.ts';
import { postgresLedgerView } from './adapters/postgres/view-tasks.ts';
import { postgresJrLedger } from './adapters/postgres/watch-jrs.ts';
import { schedulerBells } from './adapters/scheduler/one-time-bells.ts';
import { schedulerWakeUps } from './adapters/scheduler/one-time-wake-ups.ts';
import { sqsDeadLetters } from './adapters/sqs/dead-letters.ts';
import { decodeMessage } from './adapters/sqs/decode-message.ts';
import { sqsTaskQueue } from './adapters/sqs/task-queue.ts';
import { syntaxChecker } from './adapters/syntax/checker.ts';
import { emfMetrics } from './adapters/telemetry/emf.ts';
import { createTelemetry } from './adapters/telemetry/telemetry.ts';
import { fileWorkspace } from './adapters/workspace/workspace.ts';
import type { BaseConfig, Config, LadderConfig } from './config.ts';
import type { Level } from './domain/ladder.ts';

/** Connections of one function instance: one writes while the other settles. */
const poolSize = 2;

/** Everything execute-task needs, on the real adapters. Opens no connection until one is needed. */
export function compose(config: Config, functionName: string) {
  const base = composeBase(config, functionName);
  return {
    ...base,
    workspace: fileWorkspace({ root: config.workspaceDir }),
    syntax: syntaxChecker({
      onFault: (path, error) =>
        base.log.warn('syntax.unchecked', {
          path,
          message: error instanceof Error ? error.stack : String(error),
        }),
    }),
    sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex'),
    pathPrefixes: config.workspacePrefixes,
    protectedPaths: config.protectedPaths,
  };
}

/** Everything health-sweep needs. */
export function composeHealth(config: BaseConfig, functionName: string) {
  return composeBase(config, functionName);
}

/** Everything dlq-retry needs. `levelOf` answers the level of a queue by its ARN. */
export function composeLadder(config: LadderConfig, functionName: string) {
  const { notices } = config;
  return {
    ...composeBase(config, functionName),
    deadLetters: sqsDeadLetters({ queueUrl: config.councilQueueUrl, endpoint: config.sqsEndpoint }),
    notifier: 'folder' in notices ? folderNotifier(notices.folder) : snsNotifier(notices.topics),
    levelOf: (queueArn: string): Level => levels.get(queueArn.split(':').at(-1) ?? '') ?? 1,
  };
}

function composeBase(config: BaseConfig, functionName: string) {
  const telemetry = createTelemetry(functionName, config.openTelemetry);
  const { log } = telemetry;
  const pool = createPool({
    databaseUrl: config.databaseUrl,
    max: poolSize,
    onIdleError: error => log.warn('ledger.connection_lost', { message: error.message }),
  });
  const schedules = { roleArn: config.schedulerRoleArn, group: config.scheduleGroup };
  return {
    ledger: postgresLedger(pool),
    ladderLedger: postgresLadderLedger(pool),
    alertLedger: postgresAlertLedger(pool),
    serviceLedger: postgresServiceLedger(pool),
    jrLedger: postgresJrLedger(pool),
    healthLedger: postgresHealthLedger(pool),
    queue: sqsTaskQueue({ queueUrl: config.tasksQueueUrl, endpoint: config.sqsEndpoint }),
    scheduler: schedulerBells({ ...schedules, queueArn: config.tasksQueueArn }),
    wakeUps: schedulerWakeUps({ ...schedules, functionArnPrefix: config.functionArnPrefix }),
    metrics: emfMetrics(config.metricsNamespace),
    clock: { now: () => new Date() },
    random: Math.random,
    rules: ladder.rules,
    liveness: sweeps.liveness,
    retention: sweeps.retention,
    serviceLevels: sweeps.service_levels,
    ...telemetry,
    decode: decodeMessage,
  };
}

/** The levels of the ladder by the names of their queues. */
const levels = new Map<string, Level>(
  ladder.levels.flatMap(({ level, queue }) => (isLevel(level) ? [[queue, level] as const] : [])),
);

function isLevel(n: number): n is Level {
  return n === 0 || n === 1 || n === 2 || n === 3;
}

/** What the command line needs of a running stack. */
export interface ClientSettings {
  readonly databaseUrl: string;
  readonly tasksQueueUrl: string;
  /** Where the local stack's queue listens, and what its emulator takes for a region and credentials. */
  readonly local: { readonly sqsEndpoint: string };
}

/** The ledger to read and the queue to send to, for the command line. */
export function composeClient({ databaseUrl, tasksQueueUrl, local }: ClientSettings) {
  // An idle connection that is lost needs no word here: the next query gets a new one, or says why not.
  const pool = createPool({ databaseUrl, max: 1, onIdleError: () => undefined });
  return {
    view: postgresLedgerView(pool),
    dlq: postgresDlqView(pool),
    life: postgresLifeView(pool),
    operations: postgresOperations(pool),
    claims: postgresClaimsSwitch(pool),
    jrs: postgresJrRegistry(pool),
    jrLedger: postgresJrLedger(pool),
    rules: ladder.rules,
    liveness: sweeps.liveness,
    queue: sqsTaskQueue({
      queueUrl: tasksQueueUrl,
      endpoint: local.sqsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  };
}
