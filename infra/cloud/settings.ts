import { z } from 'zod';
import { declaredFunctions, declaredLadder, type FunctionSpecs, type Ladder } from '../local/manifest.ts';
import { stageRefused } from './names.ts';

/** Parameters come as texts from `--param` and as YAML values from serverless.yml. */
const text = z.coerce.string();
const list = text.transform(value =>
  value
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== ''),
);
const count = z.coerce.number().int().positive();
/** What Lambda takes for the instances that work on a queue. */
const concurrency = z.union([z.literal('').transform(() => undefined), count.min(2).max(1_000)]);
/** The days that CloudWatch takes for a log group. */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];
const yesOrNo = z.enum(['yes', 'no'], 'expected yes or no').transform(value => value === 'yes');

/** What a deployment can choose. serverless.yml says what each means and its default. */
const parameters = z.strictObject({
  database: z.enum(['managed', 'existing'], 'expected managed or existing'),
  database_secret_arn: text,
  database_secret_key_arn: text,
  database_host: text,
  database_port: count.max(65_535),
  database_name: text,
  database_proxy_host: text,
  database_iam_user: text,
  database_resource_id: text,
  database_max_capacity: z.coerce.number().min(1).max(256).multipleOf(0.5),
  database_connections: count,
  vpc_id: text,
  subnet_ids: list,
  security_group_ids: list,
  execute_concurrency: concurrency,
  workspace_prefixes: text,
  protected_paths: text,
  otlp_endpoint: z.union([z.literal(''), z.url('expected an address such as http://localhost:4318')]),
  layer_arns: list,
  sweeps: yesOrNo,
  keep_data: yesOrNo,
  log_retention_days: count.refine(
    days => retentions.includes(days),
    `expected one of ${retentions.join(', ')}`,
  ),
});

export type Parameters = z.infer<typeof parameters>;
export const parameterNames = Object.keys(parameters.shape);

/** All that a template is made of. */
export interface Settings extends Parameters {
  readonly stage: string;
  /** What the names of all resources begin with: service and stage. */
  readonly prefix: string;
  readonly functions: FunctionSpecs;
  readonly ladder: Ladder;
}

/** A deployment that cannot be as it was asked for. The message says what to give. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/**
 * @param given the parameters, all of them
 * @throws {SettingsError} naming the parameter and what it should be
 */
export function readSettings(
  { service, stage }: { service: string; stage: string },
  given: Readonly<Record<string, unknown>>,
): Settings {
  const refused = stageRefused(stage);
  if (refused !== null) throw new SettingsError(refused);
  const unknown = Object.keys(given).find(name => !parameterNames.includes(name));
  if (unknown !== undefined) {
    throw new SettingsError(`There is no parameter ${unknown}; there are: ${parameterNames.join(', ')}.`);
  }
  const parsed = parameters.safeParse(given);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw new SettingsError(`Parameters that cannot be used: ${reasons.join('; ')}. ${howTo}`);
  }
  const settings = {
    ...parsed.data,
    stage,
    prefix: `${service}-${stage}`,
    functions: withConcurrency(declaredFunctions, parsed.data.execute_concurrency),
    ladder: declaredLadder,
  };
  checkDatabase(settings);
  return settings;
}

const howTo = 'Give each as --param="name=value" or under params in serverless.yml, which explains them.';

function checkDatabase(settings: Settings): void {
  const needs = (names: readonly (keyof Parameters)[], why: string) => {
    const absent = names.filter(name => String(settings[name]) === '');
    if (absent.length > 0) throw new SettingsError(`${why} needs ${absent.join(', ')}. ${howTo}`);
  };
  if (settings.database === 'existing') {
    needs(
      ['vpc_id', 'subnet_ids', 'security_group_ids'],
      'An existing database (for one that is made, give --param="database=managed")',
    );
    if (settings.database_iam_user === '') {
      needs(['database_secret_arn'], 'An existing database without database_iam_user');
    } else {
      needs(['database_resource_id'], 'IAM authentication');
      if (settings.database_proxy_host === '') {
        needs(['database_host', 'database_name'], 'IAM authentication without a proxy');
      }
    }
    return;
  }
  const extra = (
    [
      'database_secret_arn',
      'database_secret_key_arn',
      'database_host',
      'database_name',
      'database_proxy_host',
      'database_resource_id',
      'vpc_id',
      'subnet_ids',
      'security_group_ids',
    ] as const
  ).filter(name => String(settings[name]) !== '');
  if (extra.length > 0) {
    throw new SettingsError(
      `A managed database comes with its own network and secret: leave out ${extra.join(', ')}, or give --param="database=existing".`,
    );
  }
}

/** `execute_concurrency` in place of what infra/functions.json says for the machine of a developer. */
function withConcurrency(functions: FunctionSpecs, concurrency: number | undefined): FunctionSpecs {
  const execute = functions['execute-task'];
  if (concurrency === undefined || execute === undefined) return functions;
  const sqs = (execute.sqs ?? []).map(source => ({ ...source, maximum_concurrency: concurrency }));
  return { ...functions, 'execute-task': { ...execute, sqs } };
}
