import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Value } from '../../../../infra/cloud/cloudformation.ts';
import { functionId } from '../../../../infra/cloud/names.ts';
import { parameterNames, SettingsError } from '../../../../infra/cloud/settings.ts';
import { template } from '../../../../infra/cloud/template.ts';
import { declaredFunctions } from '../../../../infra/local/manifest.ts';
import {
  readBaseConfig,
  readConfig,
  readLadderConfig,
  readMigrateConfig,
} from '../../../../shared/config.ts';
import { idsIn } from '../../../support/stage/made.ts';
import { stageRules, unmissed } from '../../../support/stage/rules.ts';
import { defaults, settingsOf, ways } from '../../../support/stage/ways.ts';

const make = (given: Readonly<Record<string, string>>) => template(settingsOf('dev', given));

for (const [way, given] of Object.entries(ways)) {
  const settings = settingsOf('dev', given);
  const made = template(settings);
  const { Resources } = made.resources;

  for (const [sentence, rule] of Object.entries(stageRules({ settings, resources: Resources })))
    test(`${way}: ${sentence}`, () => rule({ settings, resources: Resources }));

  test(`${way}: whatever is referred to is there`, () => {
    const functions = Object.keys(declaredFunctions).flatMap(name => [
      functionId(name, 'LambdaFunction'),
      functionId(name, 'LogGroup'),
    ]);
    const there = new Set([...Object.keys(Resources), ...functions]);
    const named = idsIn([made.environment, made.functions, Resources, made.resources.Outputs] as Value); // all of it is plain data
    const waited = Object.values(Resources).flatMap(({ DependsOn }) => DependsOn ?? []);
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
}

test('the names that SQL by the Data API asks for are outputs of a stage with a ledger of its own', () => {
  const named = (outputs: object) =>
    Object.keys(outputs).filter(id => /^Database(Cluster|Secret)Arn$/.test(id));
  const both = ['DatabaseSecretArn', 'DatabaseClusterArn'];
  assert.deepEqual(named(make(ways.managed).resources.Outputs), both);
  assert.ok(!named(make(ways.existing).resources.Outputs).includes('DatabaseClusterArn'));
});

test('whatever is taken away from a stage is missed: a resource, or one of its properties', () => {
  const settings = settingsOf('dev', ways.managed);
  const made = { settings, resources: template(settings).resources.Resources };
  assert.deepEqual(unmissed(made, stageRules(made)), []);
});

test('serverless.yml explains each parameter, and all have a default', () => {
  assert.deepEqual(Object.keys(defaults).toSorted(), parameterNames.toSorted());
});

const refused = (given: Readonly<Record<string, string>>, words: RegExp) =>
  assert.throws(
    () => make(given),
    error => error instanceof SettingsError && words.test(error.message),
  );

test('what cannot be deployed is refused by name, before anything is made', () => {
  const { existing, 'existing by IAM': iam } = ways;
  refused({}, /needs vpc_id, subnet_ids, security_group_ids.*--param="name=value"/);
  refused({ ...existing, database_secret_arn: '' }, /needs database_secret_arn/);
  refused({ ...iam, database_host: '' }, /needs database_host/);
  refused({ ...ways.managed, vpc_id: 'vpc-1' }, /own network.*leave out vpc_id/);
  refused(
    { ...ways.managed, subnet_ids: 'subnet-1', security_group_ids: 'sg-1', database_name: 'jr' },
    /leave out database_name, subnet_ids, security_group_ids/,
  );
  refused({ ...ways.managed, database_max_capacity: '0.5' }, /database_max_capacity: .*1/);
  refused({ ...ways.managed, database_max_capacity: '1.3' }, /database_max_capacity: .*0\.5/);
  refused({ ...existing, database_port: '99999' }, /database_port: .*65535/);
  refused({ ...ways.managed, log_retention_days: '45' }, /log_retention_days: expected one of 1, 3, 5,/);
  refused({ ...ways.managed, databse: 'managed' }, /no parameter databse; there are: database,/);
  refused({ ...ways.managed, sweeps: 'maybe' }, /sweeps: expected yes or no/);
  refused({ ...ways.managed, execute_concurrency: '1' }, /execute_concurrency: .*2/);
  refused({ ...ways.managed, otlp_endpoint: 'collector' }, /otlp_endpoint: expected an address such as http/);
  assert.throws(() => settingsOf('My Stage', ways.managed), SettingsError);
});

test('a mount target stays with its subnet, whatever the order of the subnets', () => {
  const targets = (subnet_ids: string) =>
    Object.entries(template(settingsOf('dev', { ...ways.existing, subnet_ids })).resources.Resources)
      .filter(([, { Type }]) => Type === 'AWS::EFS::MountTarget')
      .map(([id, { Properties }]) => [id, Properties?.['SubnetId']]);
  const both = targets('subnet-1,subnet-2');
  assert.equal(new Set(both.map(([id]) => id)).size, 2);
  assert.deepEqual(targets('subnet-2,subnet-1').toReversed(), both);
  assert.deepEqual(targets('subnet-2'), both.slice(1));
});

test('more connections than the database has are refused', () => {
  const { existing } = ways;
  refused({ ...existing, execute_concurrency: '50' }, /may hold \d+ connections.*lower execute_concurrency/);
  make({ ...existing, execute_concurrency: '50', database_connections: '500' });
});
