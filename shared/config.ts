/** Settings of the functions and of the command line, from the environment. Read once, validated, frozen. */
export interface Config {
  /** `DATABASE_URL`: the ledger, `postgres://...`. Required. */
  readonly databaseUrl: string;
  /** `TASKS_QUEUE_URL`: the queue that tasks come in by. Required. */
  readonly tasksQueueUrl: string;
  /** `WORKSPACE_DIR`: the folder that tasks work on. Required. */
  readonly workspaceDir: string;
  /** `WORKSPACE_PREFIXES`: absolute folders that mean the workspace, separated by `:`. Default `/ganuda`. */
  readonly workspacePrefixes: readonly string[];
  /** `AWS_ENDPOINT_URL_SQS`: set in the local stack only. */
  readonly sqsEndpoint: string | undefined;
}

/** A setting that is missing or cannot be. The message names the variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} naming the variable and what it should be */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  return Object.freeze({
    databaseUrl: required(
      env,
      'DATABASE_URL',
      /^postgres(ql)?:\/\//,
      'an address such as postgres://host/database',
    ),
    tasksQueueUrl: required(env, 'TASKS_QUEUE_URL', /^https?:\/\//, 'the URL of the jr-tasks queue'),
    workspaceDir: required(env, 'WORKSPACE_DIR', /^\//, 'an absolute folder'),
    workspacePrefixes: workspacePrefixes(env),
    sqsEndpoint: env['AWS_ENDPOINT_URL_SQS'],
  });
}

function required(
  env: Readonly<Record<string, string | undefined>>,
  name: string,
  form: RegExp,
  expected: string,
): string {
  const value = env[name];
  if (value === undefined || value === '')
    throw new ConfigError(`${name} is required: set it to ${expected}.`);
  if (!form.test(value)) throw new ConfigError(`${name} has to be ${expected}.`);
  return value;
}

/** The absolute folders that mean the workspace; `jr plan` needs no other setting. @throws {ConfigError} */
export function workspacePrefixes(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const list = (env['WORKSPACE_PREFIXES'] ?? '/ganuda').split(':').filter(prefix => prefix !== '');
  const bad = list.find(prefix => !prefix.startsWith('/') || prefix === '/');
  if (bad !== undefined) {
    throw new ConfigError(
      `WORKSPACE_PREFIXES holds ${JSON.stringify(bad)}: each has to be an absolute folder such as /ganuda.`,
    );
  }
  return Object.freeze(list.map(prefix => prefix.replace(/\/+$/, '')));
}
