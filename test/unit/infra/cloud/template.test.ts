import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Resource, Value } from '../../../../infra/cloud/cloudformation.ts';
import { functionId } from '../../../../infra/cloud/names.ts';
import { parameterNames, readSettings, SettingsError } from '../../../../infra/cloud/settings.ts';
import { type Template, template } from '../../../../infra/cloud/template.ts';
import { declaredFunctions, declaredLadder } from '../../../../infra/local/manifest.ts';
import {
  readBaseConfig,
  readConfig,
  readLadderConfig,
  readMigrateConfig,
} from '../../../../shared/config.ts';

interface ServerlessYml {
  readonly params: { readonly default: Readonly<Record<string, unknown>> };
}
const { params }: ServerlessYml = parse(
  await readFile(new URL('../../../../serverless.yml', import.meta.url), 'utf8'),
);

const service = { service: 'jr-executor', stage: 'dev' };
const existing = {
  ...params.default,
  database: 'existing',
  database_secret_arn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:jr',
  vpc_id: 'vpc-1',
  subnet_ids: 'subnet-1, subnet-2',
  security_group_ids: 'sg-1',
};
const iam = {
  ...existing,
  database_secret_arn: '',
  database_iam_user: 'jr_app',
  database_resource_id: 'cluster-1',
  database_host: 'db.internal',
  database_name: 'jr',
};
const ways = {
  managed: { ...params.default, database: 'managed' },
  existing,
  'existing by IAM': iam,
  'existing behind a proxy': { ...existing, database_proxy_host: 'proxy.internal' },
};
const make = (given: Readonly<Record<string, unknown>>) => template(readSettings(service, given));
const resourcesOf = (made: Template) => Object.entries(made.resources.Resources);
const ofType = (made: Template, type: string) => resourcesOf(made).filter(([, { Type }]) => Type === type);

/** Every id that a piece of template names: Ref, Fn::GetAtt, and what stands in a Fn::Sub. */
function idsIn(value: Value | Resource | undefined): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(inner[0])];
    if (key === 'Fn::Sub' && typeof inner === 'string') {
      return [...inner.matchAll(/\$\{([^.}]+)/g)].map(([, id = '']) => id);
    }
    return idsIn(inner);
  });
}

for (const [way, given] of Object.entries(ways)) {
  const made = make(given);

  test(`${way}: whatever is referred to is there`, () => {
    const functions = Object.keys(declaredFunctions).flatMap(name => [
      functionId(name, 'LambdaFunction'),
      functionId(name, 'LogGroup'),
    ]);
    const there = new Set([...Object.keys(made.resources.Resources), ...functions]);
    const named = idsIn([
      made.environment,
      made.functions,
      made.resources.Resources,
      made.resources.Outputs,
    ] as Value); // all of it is plain data
    const waited = resourcesOf(made).flatMap(([, { DependsOn }]) => DependsOn ?? []);
    const lost = [...named, ...waited].filter(id => !there.has(id) && !id.startsWith('AWS::') && id !== 'Id');
    assert.deepEqual(lost, []);
  });

  test(`${way}: the functions find every setting in their environment`, () => {
    // What CloudFormation would put in: something of the form that the variable is of.
    const fill = (name: string, value: Value) => {
      if (typeof value === 'string') return value;
      if (name.endsWith('_URL')) return 'https://sqs.example/queue';
      return name === 'FUNCTION_ARN_PREFIX' ? 'arn:aws:lambda:::function:p-' : 'arn:aws:filled:in';
    };
    const env = Object.fromEntries(
      Object.entries(made.environment).map(([name, value]) => [name, fill(name, value)]),
    );
    for (const read of [readBaseConfig, readConfig, readLadderConfig, readMigrateConfig]) {
      read({ ...env, LAMBDA_TASK_ROOT: '/var/task' });
    }
  });

  test(`${way}: roles name what they may touch; only what the network needs is everything`, () => {
    for (const [id, { Properties }] of ofType(made, 'AWS::IAM::Role')) {
      const statements =
        JSON.stringify(Properties?.['Policies']).match(/\{"Effect".*?"Resource":"\*"/g) ?? [];
      for (const statement of statements) assert.match(statement, /"ec2:CreateNetworkInterface"/, id);
      const everything = JSON.stringify(Properties).match(/"[a-z0-9-]+:\*"|"Action":"?\*/g);
      assert.equal(everything, null, id);
    }
  });
}

test('the queues are those of the ladder: each hands on to the next, keeps longer, and takes from the one before', () => {
  const made = make(ways.managed);
  const queues = declaredLadder.levels.map(({ queue }) =>
    ofType(made, 'AWS::SQS::Queue').find(
      ([, { Properties }]) => Properties?.['QueueName'] === `jr-executor-dev-${queue}`,
    ),
  );
  const properties = queues.map(found => found?.[1].Properties ?? {});
  for (const [i, queue] of properties.entries()) {
    const next = queues[i + 1];
    assert.deepEqual(idsIn(queue['RedrivePolicy']), next === undefined ? [] : [next[0]]);
    assert.equal(queue['SqsManagedSseEnabled'], true);
    const before = properties[i - 1];
    if (before === undefined) continue;
    assert.ok(Number(queue['MessageRetentionPeriod']) > Number(before['MessageRetentionPeriod']));
    const allowed = JSON.stringify(queue['RedriveAllowPolicy']);
    assert.ok(allowed.includes(`:${before['QueueName']}"`), allowed);
  }
});

test('a message stays hidden for six times as long as the function that reads it may take', () => {
  const made = make(ways.managed);
  for (const spec of Object.values(declaredFunctions)) {
    for (const { queue } of spec.sqs ?? []) {
      const found = ofType(made, 'AWS::SQS::Queue').find(
        ([, { Properties }]) => Properties?.['QueueName'] === `jr-executor-dev-${queue}`,
      );
      assert.ok(Number(found?.[1].Properties?.['VisibilityTimeout']) >= 6 * spec.timeout_seconds, queue);
    }
  }
});

test('every declared schedule is one, with retries and a place for what could not be delivered', () => {
  const made = make(ways.managed);
  const declared = Object.values(declaredFunctions).flatMap(({ schedules = [] }) => schedules);
  const found = ofType(made, 'AWS::Scheduler::Schedule').map(([, { Properties }]) => Properties ?? {});
  assert.deepEqual(
    found.map(schedule => schedule['ScheduleExpression']),
    declared.map(({ expression }) => expression),
  );
  for (const { Target } of found) {
    assert.deepEqual(
      idsIn(Target).filter(id => id.endsWith('Queue')),
      ['ScheduleDeadLettersQueue'],
    );
    assert.match(JSON.stringify(Target), /"RetryPolicy":\{"MaximumRetryAttempts":\d/);
  }
  const off = ofType(make({ ...ways.managed, sweeps: 'no' }), 'AWS::Scheduler::Schedule');
  assert.ok(off.every(([, { Properties }]) => Properties?.['State'] === 'DISABLED'));
});

test('alarms on metrics of our own are on metrics that a function publishes', () => {
  const sources = globSync('functions/*/*.ts')
    .map(file => readFileSync(file, 'utf8'))
    .join('');
  const own = ofType(make(ways.managed), 'AWS::CloudWatch::Alarm').flatMap(([, { Properties }]) =>
    Properties?.['Namespace'] === 'jr-executor-dev' ? [String(Properties['MetricName'])] : [],
  );
  assert.deepEqual([...new Set(own)].toSorted(), ['OpenEntryRatio', 'PingsReceived']);
  for (const name of own) assert.match(sources, new RegExp(`\\b${name}\\b`));
  assert.equal(make(ways.managed).environment['METRICS_NAMESPACE'], 'jr-executor-dev');
});

test('a stage that is to keep its data loses neither ledger nor workspace with the stack', () => {
  const policies = (keep_data: string) => {
    const { Resources } = make({ ...ways.managed, keep_data }).resources;
    return ['Database', 'Workspace'].map(id => Resources[id]?.DeletionPolicy);
  };
  assert.deepEqual(policies('yes'), ['Snapshot', 'Retain']);
  assert.deepEqual(policies('no'), ['Delete', 'Delete']);
});

test('serverless.yml explains each parameter, and all have a default', () => {
  assert.deepEqual(Object.keys(params.default).toSorted(), parameterNames.toSorted());
});

const refused = (given: Readonly<Record<string, unknown>>, words: RegExp) =>
  assert.throws(
    () => make(given),
    error => error instanceof SettingsError && words.test(error.message),
  );

test('what cannot be deployed is refused by name, before anything is made', () => {
  refused(params.default, /needs vpc_id, subnet_ids, security_group_ids.*--param="name=value"/);
  refused({ ...existing, database_secret_arn: '' }, /needs database_secret_arn/);
  refused({ ...iam, database_host: '' }, /needs database_host/);
  refused({ ...ways.managed, vpc_id: 'vpc-1' }, /own network.*leave out vpc_id/);
  refused({ ...ways.managed, databse: 'managed' }, /no parameter databse; there are: database,/);
  refused({ ...ways.managed, sweeps: 'maybe' }, /sweeps: expected yes or no/);
  assert.throws(
    () => readSettings({ service: 'jr-executor', stage: 'My Stage' }, ways.managed),
    SettingsError,
  );
});

test('more connections than the database has are refused', () => {
  refused({ ...existing, execute_concurrency: 50 }, /may hold \d+ connections.*lower execute_concurrency/);
  make({ ...existing, execute_concurrency: 50, database_connections: 500 });
});
