import { setTimeout } from 'node:timers/promises';
import ladder from '../infra/ladder.json' with { type: 'json' };
import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { decodeDrain, drainFields } from './adapters/invoke/decode-drain.ts';
import { folderNotifier } from './adapters/notify/folder-notifier.ts';
import { snsNotifier } from './adapters/notify/sns-notifier.ts';
import { stageNotifier } from './adapters/notify/stage-notifier.ts';
import { postgresHealthLedger } from './adapters/postgres/care-for-ledger.ts';
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { postgresDispatchLedger } from './adapters/postgres/dispatch-ledger.ts';
import { postgresDrainLedger } from './adapters/postgres/drain-ledger.ts';
import { postgresLedgerExport } from './adapters/postgres/export-ledger.ts';
import { postgresLedger } from './adapters/postgres/ledger.ts';
import { postgresServiceLedger } from './adapters/postgres/measure-service-levels.ts';
import { postgresMigrator } from './adapters/postgres/migrate.ts';
import { postgresAlertLedger } from './adapters/postgres/observe-alerts.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { connectionsPerInstance, createPool } from './adapters/postgres/pool.ts';
import { postgresLadderLedger } from './adapters/postgres/sweep-ladder.ts';
import { postgresDrainView } from './adapters/postgres/view-drains.ts';
import { postgresJrLedger } from './adapters/postgres/watch-jrs.ts';
import { schedulerBells } from './adapters/scheduler/one-time-bells.ts';
import { schedulerWakeUps } from './adapters/scheduler/one-time-wake-ups.ts';
import { sqsDeadLetters } from './adapters/sqs/dead-letters.ts';
import { decodeMessage } from './adapters/sqs/decode-message.ts';
import { sqsQueueDepth } from './adapters/sqs/queue-depth.ts';
import { sqsTaskQueue } from './adapters/sqs/task-queue.ts';
import { syntaxChecker } from './adapters/syntax/checker.ts';
import { emfMetrics } from './adapters/telemetry/emf.ts';
import { createTelemetry } from './adapters/telemetry/telemetry.ts';
import { folderExportFiles } from './adapters/workspace/export-files.ts';
import { sha256 } from './adapters/workspace/file-bytes.ts';
import { folderGoldenTasks } from './adapters/workspace/golden-tasks.ts';
import { fileWorkspace } from './adapters/workspace/workspace.ts';
import { answerInTime } from './answer-in-time.ts';
import type { BaseConfig, Config, LadderConfig, MigrateConfig } from './config.ts';
import type { Level } from './domain/ladder.ts';
import { guardsWith } from './edit/guard-settings.ts';
import { ledgerServer } from './ledger-server.ts';
import type { Log } from './ports/log.ts';

/** Everything execute-task needs, on the real adapters. Opens no connection until one is needed. */
export function compose(config: Config, functionName: string) {
  const base = composeBase(config, functionName, { plansOnce: true });
  return {
    ...base,
    ...composePlanning(config, base.log),
    ledger: postgresLedger(base.pool),
    dispatchLedger: postgresDispatchLedger(base.pool),
    scheduler: schedulerBells({ ...oneTime(config), queueArn: config.tasksQueueArn }),
    random: Math.random,
    pause: (ms: number) => setTimeout(ms),
    rules: ladder.rules,
    liveness: sweeps.liveness,
    dispatching,
    decode: decodeMessage,
  };
}

/** Everything drain needs. `help` is what there is, by action. */
export function composeDrain(config: Config, functionName: string) {
  const base = composeBase(config, functionName);
  const { pool } = base;
  return {
    ...base,
    ...composePlanning(config, base.log),
    drains: postgresDrainLedger(pool),
    claims: postgresClaimsSwitch(pool),
    drainView: postgresDrainView(pool),
    operations: postgresOperations(pool),
    ledgerExport: postgresLedgerExport(pool),
    alertLedger: postgresAlertLedger(pool),
    wakeUps: wakeUps(config),
    golden: folderGoldenTasks(config.workspaceDir),
    exportFiles: folderExportFiles(config.workspaceDir),
    sleep: (milliseconds: number) => setTimeout(milliseconds),
    drainRules: sweeps.drain,
    councilQuorum: ladder.rules.council_quorum,
    decodePayload: decodeDrain,
    help: drainFields,
  };
}

/** What reads documents and plans them. */
function composePlanning(config: Config, log: Log) {
  return {
    workspace: fileWorkspace({ root: config.workspaceDir }),
    syntax: syntaxChecker({
      onFault: (path, error) =>
        log.warn('syntax.unchecked', {
          path,
          message: error instanceof Error ? error.stack : String(error),
        }),
    }),
    sha256,
    pathPrefixes: config.workspacePrefixes,
    guards: guardsWith(config.protectedPaths),
  };
}

/** Everything migrate needs. */
export function composeMigrate(config: MigrateConfig) {
  return {
    ...createTelemetry('migrate', config.openTelemetry),
    migrator: postgresMigrator(ledgerServer(config.ledger), config.migrationsDir, config.functionsUser),
    pause: (ms: number) => setTimeout(ms),
  };
}

/** Everything auto-assign needs. */
export function composeAssignment(config: BaseConfig, functionName: string) {
  const base = composeBase(config, functionName, { plansOnce: true });
  const depthOf = sqsQueueDepth({ endpoint: config.sqsEndpoint, ...answerInTime });
  return {
    ...base,
    dispatchLedger: postgresDispatchLedger(base.pool),
    alertLedger: postgresAlertLedger(base.pool),
    queueDepth: () => depthOf(config.tasksQueueUrl),
    dispatching,
  };
}

/** Everything health-sweep needs. */
export function composeHealth(config: BaseConfig, functionName: string) {
  const base = composeBase(config, functionName);
  const { pool } = base;
  return {
    ...base,
    jrLedger: postgresJrLedger(pool),
    healthLedger: postgresHealthLedger(pool),
    alertLedger: postgresAlertLedger(pool),
    serviceLedger: postgresServiceLedger(pool),
    wakeUps: wakeUps(config),
    liveness: sweeps.liveness,
    retention: sweeps.retention,
    serviceLevels: sweeps.service_levels,
  };
}

/** Everything dlq-retry needs. `levelOf` answers the level of a queue by its ARN. */
export function composeLadder(config: LadderConfig, functionName: string) {
  const { notices } = config;
  const base = composeBase(config, functionName);
  const { pool } = base;
  return {
    ...base,
    ledger: postgresLedger(pool),
    ladderLedger: postgresLadderLedger(pool),
    alertLedger: postgresAlertLedger(pool),
    drains: postgresDrainLedger(pool),
    drainRules: sweeps.drain,
    deadLetters: sqsDeadLetters({
      queueUrl: config.councilQueueUrl,
      endpoint: config.sqsEndpoint,
      ...answerInTime,
    }),
    notifier:
      'folder' in notices
        ? folderNotifier(notices.folder)
        : stageNotifier(config.metricsNamespace, snsNotifier(notices.topics, answerInTime)),
    wakeUps: wakeUps(config),
    random: Math.random,
    rules: ladder.rules,
    decode: decodeMessage,
    levelOf,
  };
}

/** What every function has that works on tasks. What only some need is theirs: it would cost the others rights and bytes. */
function composeBase(config: BaseConfig, functionName: string, { plansOnce = false } = {}) {
  const metrics = emfMetrics(config.metricsNamespace);
  const telemetry = createTelemetry(functionName, config.openTelemetry, metrics);
  const { log } = telemetry;
  const pool = createPool({
    ...ledgerServer(config.ledger),
    max: connectionsPerInstance,
    plansOnce,
    onIdleError: error => log.warn('ledger.connection_lost', { message: error.message }),
  });
  return {
    ...telemetry,
    pool,
    queue: sqsTaskQueue({
      queueUrl: config.tasksQueueUrl,
      endpoint: config.sqsEndpoint,
      ...answerInTime,
    }),
    metrics,
    clock: { now: () => new Date() },
  };
}

const dispatching = { ...sweeps.dispatch, ...sweeps.assignment };

const oneTime = ({ schedulerRoleArn, scheduleGroup }: BaseConfig) => ({
  roleArn: schedulerRoleArn,
  group: scheduleGroup,
  client: answerInTime,
});

const wakeUps = (config: BaseConfig) =>
  schedulerWakeUps({ ...oneTime(config), functionArnPrefix: config.functionArnPrefix });

/** The level of a queue by its ARN. On a stage the queue's name ends in the one that the ladder gives it. */
function levelOf(queueArn: string): Level {
  const found = ladder.levels.find(({ queue }) => new RegExp(`[:-]${queue}$`).test(queueArn));
  return found !== undefined && isLevel(found.level) ? found.level : 1;
}

function isLevel(n: number): n is Level {
  return n === 0 || n === 1 || n === 2 || n === 3;
}
