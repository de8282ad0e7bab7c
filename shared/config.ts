import type { Announcement } from './domain/announcement.ts';
import { type LedgerSettings, readLedgerSettings } from './ledger-config.ts';

/** Settings from the environment: read once, validated, frozen. */
type Environment = Readonly<Record<string, string | undefined>>;

/** What every function needs. */
export interface BaseConfig {
  /** The ledger: `DATABASE_URL`, `DATABASE_SECRET_ARN` or `DATABASE_IAM_USER`, see there. Required. */
  readonly ledger: LedgerSettings;
  /** `TASKS_QUEUE_URL`: the queue that tasks come in by. Required. */
  readonly tasksQueueUrl: string;
  /** `TASKS_QUEUE_ARN`: the same queue, as the one-time schedules name it. Required. */
  readonly tasksQueueArn: string;
  /** `SCHEDULER_ROLE_ARN`: the role by which a schedule sends to that queue and invokes a function. Required. */
  readonly schedulerRoleArn: string;
  /**
   * `FUNCTION_ARN_PREFIX`: what comes before the name of a function of `infra/functions.json` in its ARN, as the one-time
   * schedules name it. Required.
   */
  readonly functionArnPrefix: string;
  /** `METRICS_NAMESPACE`: one for each stage. Default `jr-executor`. */
  readonly metricsNamespace: string;
  /** `SCHEDULE_GROUP`: where the one-time schedules are. Default `default`. */
  readonly scheduleGroup: string;
  /** `AWS_ENDPOINT_URL_SQS`: set in the local stack only. */
  readonly sqsEndpoint: string | undefined;
  /** `OTEL_*` as OpenTelemetry defines them, among all others: where spans go. Default nowhere. */
  readonly openTelemetry: Environment;
}

/** Settings of execute-task. */
export interface Config extends BaseConfig {
  /** `WORKSPACE_DIR`: the folder that tasks work on. Required. */
  readonly workspaceDir: string;
  /** `WORKSPACE_PREFIXES`: absolute folders that mean the workspace, separated by `:`. Default `/ganuda`. */
  readonly workspacePrefixes: readonly string[];
  /**
   * `PROTECTED_PATHS`: globs, separated by `:`, of paths that need an approval besides those that always do; `!glob`
   * exempts. Default none.
   */
  readonly protectedPaths: readonly string[];
}

/** Settings of dlq-retry. */
export interface LadderConfig extends BaseConfig {
  /** `COUNCIL_QUEUE_URL`: the last queue of the ladder. Required. */
  readonly councilQueueUrl: string;
  /**
   * Where announcements go: `NOTICES_DIR`, a folder, or SNS by `TPM_TOPIC_ARN`, `COUNCIL_TOPIC_ARN`,
   * `OPERATIONS_TOPIC_ARN` and `ENGINEERING_LEAD_TOPIC_ARN`. One of the two is required.
   */
  readonly notices:
    | { readonly folder: string }
    | { readonly topics: Readonly<Record<Announcement['target'], string>> };
}

/** Settings of migrate. */
export interface MigrateConfig extends Pick<BaseConfig, 'ledger' | 'openTelemetry'> {
  /** Where the migrations are: `migrations` in `LAMBDA_TASK_ROOT`, the folder of the code, which Lambda sets. */
  readonly migrationsDir: string;
  /**
   * `DATABASE_IAM_USER` where migrate itself logs in by a secret, as the owner: the user of all other functions, which it
   * makes and lets at the rows. Otherwise null: they log in as migrate does.
   */
  readonly functionsUser: string | null;
}

/** A setting that is missing or cannot be. The message names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} naming the variable and what it should be */
export function readConfig(env: Environment): Config {
  return Object.freeze({
    ...readBaseConfig(env),
    workspaceDir: required(env, 'WORKSPACE_DIR', /^\//, 'an absolute folder'),
    workspacePrefixes: workspacePrefixes(env),
    protectedPaths: protectedPaths(env),
  });
}

/** @throws {ConfigError} naming the variable and what it should be */
export function readLadderConfig(env: Environment): LadderConfig {
  const folder = env['NOTICES_DIR'];
  const topic = (name: string) =>
    required(env, name, /^arn:/, 'the ARN of an SNS topic (or set NOTICES_DIR)');
  return Object.freeze({
    ...readBaseConfig(env),
    councilQueueUrl: required(
      env,
      'COUNCIL_QUEUE_URL',
      /^https?:\/\//,
      'the URL of the last queue of the ladder',
    ),
    notices:
      folder === undefined || folder === ''
        ? {
            topics: {
              TPM: topic('TPM_TOPIC_ARN'),
              Council: topic('COUNCIL_TOPIC_ARN'),
              operations: topic('OPERATIONS_TOPIC_ARN'),
              'engineering lead': topic('ENGINEERING_LEAD_TOPIC_ARN'),
            },
          }
        : { folder },
  });
}

/** @throws {ConfigError} naming the variable and what it should be */
export function readBaseConfig(env: Environment): BaseConfig {
  return Object.freeze({
    ledger: ledgerSettings(env),
    tasksQueueUrl: required(env, 'TASKS_QUEUE_URL', /^https?:\/\//, 'the URL of the jr-tasks queue'),
    tasksQueueArn: required(env, 'TASKS_QUEUE_ARN', /^arn:/, 'the ARN of the jr-tasks queue'),
    schedulerRoleArn: required(
      env,
      'SCHEDULER_ROLE_ARN',
      /^arn:/,
      'the ARN of a role that may send to jr-tasks and invoke the functions',
    ),
    functionArnPrefix: required(
      env,
      'FUNCTION_ARN_PREFIX',
      /^arn:.*:function:/,
      'the ARN of a function up to its name, such as arn:aws:lambda:eu-central-1:123456789012:function:jr-prod-',
    ),
    metricsNamespace: env['METRICS_NAMESPACE'] ?? 'jr-executor',
    scheduleGroup: env['SCHEDULE_GROUP'] ?? 'default',
    sqsEndpoint: env['AWS_ENDPOINT_URL_SQS'],
    openTelemetry: env,
  });
}

/** @throws {ConfigError} naming the variable and what it should be */
export function readMigrateConfig(env: Environment): MigrateConfig {
  const ledger = ledgerSettings(env);
  return Object.freeze({
    ledger,
    functionsUser: (ledger.kind === 'secret' && env['DATABASE_IAM_USER']) || null,
    migrationsDir: `${required(env, 'LAMBDA_TASK_ROOT', /^\//, 'the folder of the code, as Lambda does')}/migrations`,
    openTelemetry: env,
  });
}

function ledgerSettings(env: Environment): LedgerSettings {
  try {
    return readLedgerSettings(env);
  } catch (error) {
    throw new ConfigError(error instanceof Error ? error.message : String(error));
  }
}

function required(env: Environment, name: string, form: RegExp, expected: string): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new ConfigError(`${name} is required: set it to ${expected}.`);
  if (!form.test(value)) throw new ConfigError(`${name} has to be ${expected}.`);
  return value;
}

/** The globs of `PROTECTED_PATHS`. */
export function protectedPaths(env: Environment): readonly string[] {
  return Object.freeze((env['PROTECTED_PATHS'] ?? '').split(':').filter(glob => glob !== ''));
}

/** The absolute folders that mean the workspace; `jr plan` needs no other setting. @throws {ConfigError} */
export function workspacePrefixes(env: Environment): readonly string[] {
  const list = (env['WORKSPACE_PREFIXES'] ?? '/ganuda').split(':').filter(prefix => prefix !== '');
  const bad = list.find(prefix => !prefix.startsWith('/') || prefix === '/');
  if (bad !== undefined) {
    throw new ConfigError(
      `WORKSPACE_PREFIXES holds ${JSON.stringify(bad)}: each has to be an absolute folder such as /ganuda.`,
    );
  }
  return Object.freeze(list.map(prefix => prefix.replace(/\/+$/, '')));
}
