import { join, resolve } from 'node:path';
import { MigrationError, migrate, OtherMigrationsError } from '../../shared/adapters/postgres/migrate.ts';
import { buildOutdated } from '../build.ts';
import { checkout } from './checkout.ts';
import { StackError, sentence } from './errors.ts';
import type { Request, Response } from './http.ts';
import { functionArn, type LambdaHost, startLambdaHost } from './lambda/host.ts';
import { makeFolder } from './make-folder.ts';
import { declaredFunctions, declaredLadder, type FunctionSpecs, type Ladder } from './manifest.ts';
import { LOOPBACK } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { declareSchedules } from './scheduler/declared.ts';
import { localTargets } from './scheduler/deliver.ts';
import { type SchedulerServer, startScheduler } from './scheduler/server.ts';
import { ACCOUNT, queueArn, queuesOf } from './sqs/queues.ts';
import { type SqsServer, startSqs } from './sqs.ts';
import { checkLedger, guardsOf, keepSettings, keptLines, settingsOf } from './stack/kept-settings.ts';
import type { StackInfo } from './stack/stack-info.ts';
import { choosePorts, keepPorts } from './stack/stack-ports.ts';
import { keepWorkspace, stateFolder, workspaceFolder } from './stack/state-folder.ts';
import { lockState } from './stack/state-lock.ts';

export type { StackInfo } from './stack/stack-info.ts';

export interface StackOptions {
  /** Holds data, logs and chosen ports. Default: `JR_HOME`, else `.jr` in the checkout. */
  readonly stateDir?: string;
  /** The folder that tasks work on. Default: `JR_WORKSPACE`, else that of the last start, else `workspace` in the state folder. */
  readonly workspace?: string;
  /** A PostgreSQL of one's own instead of the embedded one. Default: `DATABASE_URL`. */
  readonly databaseUrl?: string;
  /** Default: those of `infra/functions.json`. */
  readonly functions?: FunctionSpecs;
  /** Default: that of `infra/ladder.json`. */
  readonly ladder?: Ladder;
  /** Where bundles go. Default: `.build` in the checkout. */
  readonly buildDir?: string;
  /** Seconds after which an unfinished message comes back, on every queue. Default: by the functions' timeouts. */
  readonly visibilityTimeoutSeconds?: number;
  /** false: PostgreSQL and SQS without fsync, for tests. A kill -9 loses nothing even so. */
  readonly durable?: boolean;
  /** More for the functions' environment. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Brings the database up to date. Default: the migrations of the checkout. */
  readonly migrate?: (databaseUrl: string) => Promise<unknown>;
  /** Gets a line when something begins or is done. */
  readonly onProgress?: (line: string) => void;
  /** Answers further requests to the Lambda endpoint (the daemon's own). */
  readonly otherwise?: (request: Request) => Response | null;
  /** Where settings are read. Default: this process' environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Stack {
  readonly info: StackInfo;
  readonly stateDir: string;
  readonly sqs: SqsServer;
  readonly lambda: LambdaHost;
  readonly scheduler: SchedulerServer;
  /** Lets running invocations finish (at most 5 s), then stops everything. */
  stop(): Promise<void>;
}

const DATABASE = 'jr';

/** The ledger, migrated: an own one, or the embedded. */
async function startLedger(
  options: StackOptions,
  stateDir: string,
  port: number,
  say: (line: string) => void,
) {
  const env = options.env ?? process.env;
  const given = options.databaseUrl ?? env['DATABASE_URL'] ?? '';
  let url = given;
  let ownPort = port;
  let stop = async () => {};
  const embedded = given === '';
  if (embedded) {
    const began = performance.now();
    const server = await startPostgres({ stateDir, port, durable: options.durable ?? true });
    await server.ensureDatabase(DATABASE);
    url = server.url(DATABASE);
    ownPort = server.port;
    stop = () => server.stop();
    say(`PostgreSQL ${server.adopted ? 'was still running' : 'is up'} (${seconds(began)})`);
  }
  const apply = options.migrate ?? (database => migrate(database, join(checkout, 'migrations')));
  try {
    await apply(url);
  } catch (error) {
    await stop();
    if (error instanceof OtherMigrationsError) {
      const anew = embedded
        ? `remove postgres and postgres-password in ${stateDir}`
        : 'name another database in DATABASE_URL';
      throw new StackError(
        `${error.message} Where the ledger of another version is not needed any more, begin with an empty one: ${anew}.`,
      );
    }
    if (embedded || error instanceof MigrationError) throw error;
    throw new StackError(
      `The ledger of DATABASE_URL cannot be used (${sentence(error)}): set it to a PostgreSQL that runs, such as postgres://user:password@host/database, or unset it for the embedded one.`,
    );
  }
  return { url, port: ownPort, stop };
}

function seconds(began: number): string {
  return `${((performance.now() - began) / 1_000).toFixed(1)} s`;
}

/** Waits for all, and only then throws what failed first: nothing is left half-started behind the error. */
async function together<T extends readonly Promise<unknown>[]>(...parts: T) {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

/**
 * Starts the whole stack in this process (PostgreSQL and the functions in processes of their own), on loopback.
 * @throws {StackBusy} when another process runs the stack of the same state folder
 * @throws {StackError} when a part does not start; what did is stopped again
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const env = options.env ?? process.env;
  const say = options.onProgress ?? (() => {});
  const stateDir = resolve(options.stateDir ?? stateFolder(env));
  const workspace = resolve(options.workspace ?? workspaceFolder(stateDir, env));
  const functions = options.functions ?? declaredFunctions;
  const buildDir = resolve(options.buildDir ?? join(checkout, '.build'));

  const unlock = lockState(stateDir);
  const started: (() => Promise<unknown>)[] = [];
  let stopped: Promise<void> | undefined;
  const stopOnce = async () => {
    // Last in, first out; one that fails does not keep the others running.
    for (const stop of started.splice(0).reverse()) {
      await stop().catch(error => console.error(error));
    }
    unlock();
  };
  const stopAll = () => {
    stopped ??= stopOnce();
    return stopped;
  };
  const keep = <T extends { stop(): Promise<unknown> }>(part: T): T => {
    started.push(() => part.stop());
    return part;
  };

  try {
    if (options.databaseUrl === undefined) checkLedger(stateDir, env);
    const settings = settingsOf(stateDir, env);
    const guards = guardsOf(settings);
    for (const line of keptLines(settings, env)) say(line);
    makeWorkspace(workspace);
    const ports = await choosePorts(stateDir, env);
    const began = performance.now();
    const [ledger, sqs] = await together(
      startLedger(options, stateDir, ports.postgres, say).then(keep),
      startSqs({
        dataDir: join(stateDir, 'sqs'),
        port: ports.sqs,
        queues: queuesOf(options.ladder ?? declaredLadder, functions, options.visibilityTimeoutSeconds),
        durable: options.durable ?? true,
      }).then(keep),
      buildOutdated(functions, buildDir).then(() => {
        say(`Functions are built (${seconds(began)})`);
      }),
    );
    const info: StackInfo = {
      database_url: ledger.url,
      sqs_endpoint: sqs.endpoint,
      scheduler_endpoint: `http://${LOOPBACK}:${ports.scheduler}`,
      lambda_endpoint: `http://${LOOPBACK}:${ports.lambda}`,
      queues: sqs.queues,
      workspace,
    };
    const lambda = keep(
      await startLambdaHost({
        functions,
        buildDir,
        stateDir,
        port: ports.lambda,
        variables: {
          ...openTelemetry(env),
          ...guards,
          ...functionVariables(info, stateDir),
          ...options.variables,
        },
        ...(options.otherwise === undefined ? {} : { otherwise: options.otherwise }),
      }),
    );
    const targets = localTargets(lambda.invokeAsync, sqs.endpoint);
    started.push(async () => targets.close());
    const scheduler = keep(
      await startScheduler({
        port: ports.scheduler,
        file: join(stateDir, 'scheduler.db'),
        deliver: targets.deliver,
      }),
    );
    await declareSchedules(scheduler.endpoint, functions);
    keepWorkspace(stateDir, workspace);
    keepSettings(stateDir, settings);
    await keepPorts(stateDir, { ...ports, postgres: ledger.port });
    lambda.startPolling(sqs);
    scheduler.run();
    say('Queues, schedules and functions are up');
    return { info, stateDir, sqs, lambda, scheduler, stop: stopAll };
  } catch (error) {
    await stopAll();
    throw error;
  }
}

function makeWorkspace(workspace: string): void {
  try {
    makeFolder(workspace);
  } catch (error) {
    throw new StackError(
      `The workspace ${workspace} cannot be made (${sentence(error)}): set JR_WORKSPACE to a folder that you may write.`,
    );
  }
}

/** Where spans go, as for the process that starts the stack. */
function openTelemetry(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      name.startsWith('OTEL_') && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** What every function finds in its environment, as the deployment gives it, with the endpoints of this machine. */
function functionVariables(info: StackInfo, stateDir: string): Record<string, string> {
  const tasksQueue = declaredLadder.levels[0]?.queue ?? '';
  const councilQueue = declaredLadder.levels.at(-1)?.queue ?? '';
  return {
    DATABASE_URL: info.database_url,
    TASKS_QUEUE_URL: info.queues[tasksQueue] ?? '',
    TASKS_QUEUE_ARN: queueArn(tasksQueue),
    COUNCIL_QUEUE_URL: info.queues[councilQueue] ?? '',
    NOTICES_DIR: join(stateDir, 'notices'),
    SCHEDULER_ROLE_ARN: `arn:aws:iam::${ACCOUNT}:role/local`,
    FUNCTION_ARN_PREFIX: functionArn(''),
    WORKSPACE_DIR: info.workspace,
    AWS_ENDPOINT_URL_SQS: info.sqs_endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: info.scheduler_endpoint,
    AWS_ENDPOINT_URL_LAMBDA: info.lambda_endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}
