import { hash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import ladder from '../infra/ladder.json' with { type: 'json' };
import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { decodeDrain, drainFields } from './adapters/invoke/decode-drain.ts';
import { folderNotifier } from './adapters/notify/folder-notifier.ts';
import { snsNotifier } from './adapters/notify/sns-notifier.ts';
import { postgresHealthLedger } from './adapters/postgres/care-for-ledger.ts';
import { postgresLedgerCheck } from './adapters/postgres/check-ledger.ts';
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { postgresDispatchLedger } from './adapters/postgres/dispatch-ledger.ts';
import { postgresDrainLedger } from './adapters/postgres/drain-ledger.ts';
import { postgresLedgerSnapshot } from './adapters/postgres/export-ledger.ts';
import { postgresLedger } from './adapters/postgres/ledger.ts';
import { iamLogins, secretLogins } from './adapters/postgres/login.ts';
import { postgresServiceLedger } from './adapters/postgres/measure-service-levels.ts';
import { postgresMigrator } from './adapters/postgres/migrate.ts';
import { postgresAlertLedger } from './adapters/postgres/observe-alerts.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { connectionsPerInstance, createPool, type Server } from './adapters/postgres/pool.ts';
import { postgresJrRegistry } from './adapters/postgres/register-jrs.ts';
import { postgresLedgerRestore } from './adapters/postgres/restore-ledger.ts';
import { postgresLadderLedger } from './adapters/postgres/sweep-ladder.ts';
import { postgresDrainView } from './adapters/postgres/view-drains.ts';
import { postgresDlqView } from './adapters/postgres/view-entries.ts';
import { postgresLifeView } from './adapters/postgres/view-life.ts';
import { postgresLedgerView } from './adapters/postgres/view-tasks.ts';
import { postgresJrLedger } from './adapters/postgres/watch-jrs.ts';
import { listSchedules } from './adapters/scheduler/list-schedules.ts';
import { schedulerBells } from './adapters/scheduler/one-time-bells.ts';
import { schedulerWakeUps } from './adapters/scheduler/one-time-wake-ups.ts';
import { secretsManager } from './adapters/secrets/secrets-manager.ts';
import { sqsDeadLetters } from './adapters/sqs/dead-letters.ts';
import { decodeMessage } from './adapters/sqs/decode-message.ts';
import { sqsQueueDepth } from './adapters/sqs/queue-depth.ts';
import { sqsTaskQueue } from './adapters/sqs/task-queue.ts';
import { syntaxChecker } from './adapters/syntax/checker.ts';
import { emfMetrics } from './adapters/telemetry/emf.ts';
import { createTelemetry } from './adapters/telemetry/telemetry.ts';
import { createTracer } from './adapters/telemetry/tracer.ts';
import { folderExportFiles } from './adapters/workspace/export-files.ts';
import { folderGoldenTasks } from './adapters/workspace/golden-tasks.ts';
import { fileWorkspace } from './adapters/workspace/workspace.ts';
import type { BaseConfig, Config, LadderConfig, MigrateConfig } from './config.ts';
import type { Level } from './domain/ladder.ts';
import type { LedgerSettings } from './ledger-config.ts';
import type { Log } from './ports/log.ts';

/** Everything execute-task needs, on the real adapters. Opens no connection until one is needed. */
export function compose(config: Config, functionName: string) {
  const base = composeBase(config, functionName);
  return { ...base, ...composePlanning(config, base.log) };
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
    ledgerSnapshot: postgresLedgerSnapshot(pool),
    golden: folderGoldenTasks(config.workspaceDir),
    exportFiles: folderExportFiles(config.workspaceDir),
    sleep: (milliseconds: number) => setTimeout(milliseconds),
    drainRules: sweeps.drain,
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
    sha256: (bytes: Uint8Array) => hash('sha256', bytes, 'hex'),
    pathPrefixes: config.workspacePrefixes,
    protectedPaths: config.protectedPaths,
  };
}

/** Everything migrate needs. */
export function composeMigrate(config: MigrateConfig) {
  return {
    ...createTelemetry('migrate', config.openTelemetry),
    migrator: postgresMigrator(server(config.ledger), config.migrationsDir),
    pause: (ms: number) => setTimeout(ms),
  };
}

/** Everything auto-assign needs. */
export function composeAssignment(config: BaseConfig, functionName: string) {
  const depthOf = sqsQueueDepth({ endpoint: config.sqsEndpoint });
  return { ...composeBase(config, functionName), queueDepth: () => depthOf(config.tasksQueueUrl) };
}

/** Everything health-sweep needs. */
export function composeHealth(config: BaseConfig, functionName: string) {
  return composeBase(config, functionName);
}

/** Everything dlq-retry needs. `levelOf` answers the level of a queue by its ARN. */
export function composeLadder(config: LadderConfig, functionName: string) {
  const { notices } = config;
  const base = composeBase(config, functionName);
  return {
    ...base,
    drains: postgresDrainLedger(base.pool),
    drainRules: sweeps.drain,
    deadLetters: sqsDeadLetters({ queueUrl: config.councilQueueUrl, endpoint: config.sqsEndpoint }),
    notifier: 'folder' in notices ? folderNotifier(notices.folder) : snsNotifier(notices.topics),
    levelOf,
  };
}

function composeBase(config: BaseConfig, functionName: string) {
  const metrics = emfMetrics(config.metricsNamespace);
  const telemetry = createTelemetry(functionName, config.openTelemetry, metrics);
  const { log } = telemetry;
  const pool = createPool({
    ...server(config.ledger),
    max: connectionsPerInstance,
    onIdleError: error => log.warn('ledger.connection_lost', { message: error.message }),
  });
  const schedules = { roleArn: config.schedulerRoleArn, group: config.scheduleGroup };
  return {
    pool,
    ledger: postgresLedger(pool),
    ladderLedger: postgresLadderLedger(pool),
    alertLedger: postgresAlertLedger(pool),
    serviceLedger: postgresServiceLedger(pool),
    dispatchLedger: postgresDispatchLedger(pool),
    jrLedger: postgresJrLedger(pool),
    healthLedger: postgresHealthLedger(pool),
    queue: sqsTaskQueue({ queueUrl: config.tasksQueueUrl, endpoint: config.sqsEndpoint }),
    scheduler: schedulerBells({ ...schedules, queueArn: config.tasksQueueArn }),
    wakeUps: schedulerWakeUps({ ...schedules, functionArnPrefix: config.functionArnPrefix }),
    metrics,
    clock: { now: () => new Date() },
    random: Math.random,
    rules: ladder.rules,
    liveness: sweeps.liveness,
    retention: sweeps.retention,
    serviceLevels: sweeps.service_levels,
    dispatching: { ...sweeps.dispatch, ...sweeps.assignment },
    ...telemetry,
    decode: decodeMessage,
  };
}

/** The ledger's server, by what the settings say of it. */
function server(settings: LedgerSettings): Server {
  switch (settings.kind) {
    case 'url':
      return { databaseUrl: settings.url };
    case 'secret':
      return {
        logins: secretLogins(secretsManager(), settings.secretArn, settings.place),
        proxied: settings.proxied,
      };
    case 'iam':
      return { logins: iamLogins(settings.login), proxied: settings.proxied };
  }
}

/** The level of a queue by its ARN. On a stage the queue's name ends in the one that the ladder gives it. */
function levelOf(queueArn: string): Level {
  const found = ladder.levels.find(({ queue }) => new RegExp(`[:-]${queue}$`).test(queueArn));
  return found !== undefined && isLevel(found.level) ? found.level : 1;
}

function isLevel(n: number): n is Level {
  return n === 0 || n === 1 || n === 2 || n === 3;
}

/** What the command line needs of a stack. */
export interface ClientSettings {
  readonly ledger: LedgerSettings;
  readonly tasksQueueUrl: string;
  /** Where the local stack's queue listens. Left out for AWS, which the SDK finds by the environment. */
  readonly local?: { readonly sqsEndpoint: string };
  /** `OTEL_*` as OpenTelemetry defines them. Default: nothing is traced. */
  readonly openTelemetry?: Readonly<Record<string, string | undefined>>;
  /** Told when spans could not be sent. */
  readonly onLostSpans?: (reason: string) => void;
}

/** What the emulators of the local stack take for a region and credentials. */
const localAccess = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

/** The ledger to read and the queue to send to, for the command line. */
export function composeClient(settings: ClientSettings) {
  const { ledger, tasksQueueUrl, local, openTelemetry = {}, onLostSpans = () => undefined } = settings;
  // An idle connection that is lost needs no word here: the next query gets a new one, or says why not.
  const pool = createPool({ ...server(ledger), max: 1, onIdleError: () => undefined });
  return {
    view: postgresLedgerView(pool),
    dlq: postgresDlqView(pool),
    life: postgresLifeView(pool),
    operations: postgresOperations(pool),
    restore: postgresLedgerRestore(pool),
    claims: postgresClaimsSwitch(pool),
    jrs: postgresJrRegistry(pool),
    jrLedger: postgresJrLedger(pool),
    rules: ladder.rules,
    liveness: sweeps.liveness,
    tracer: createTracer({ service: 'jr', env: openTelemetry, onLost: onLostSpans }),
    queue: sqsTaskQueue({
      queueUrl: tasksQueueUrl,
      ...(local === undefined ? {} : { ...localAccess, endpoint: local.sqsEndpoint }),
    }),
  };
}

/** What `jr doctor` looks at: of the local stack where that is given, else in AWS. */
export function composeDoctor({
  ledger,
  local,
}: {
  readonly ledger: LedgerSettings;
  readonly local?: { readonly sqsEndpoint: string; readonly schedulerEndpoint: string };
}) {
  const pool = createPool({ ...server(ledger), max: 2, onIdleError: () => undefined });
  return {
    ledgerCheck: postgresLedgerCheck(pool),
    dlq: postgresDlqView(pool),
    jrs: postgresJrRegistry(pool),
    claims: postgresClaimsSwitch(pool),
    liveness: sweeps.liveness,
    surroundings: {
      queueDepth: sqsQueueDepth(local === undefined ? {} : { ...localAccess, endpoint: local.sqsEndpoint }),
      schedules: listSchedules(
        local === undefined ? {} : { ...localAccess, endpoint: local.schedulerEndpoint },
      ),
    },
    close: () => pool.end(),
  };
}
