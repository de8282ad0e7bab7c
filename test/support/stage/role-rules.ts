import assert from 'node:assert/strict';
import { arnOf, attribute, ref, type Value } from '../../../infra/cloud/cloudformation.ts';
import { functionArn } from '../../../infra/cloud/names.ts';
import { actionOf, permissions, type Target } from '../../../infra/cloud/permissions.ts';
import { queueId } from '../../../infra/cloud/queues.ts';
import { roleId } from '../../../infra/cloud/roles.ts';
import { accessPointArn, workspaceArn } from '../../../infra/cloud/workspace.ts';
import { type Made, ofType, properties, type Rules, type Statement, statements } from './made.ts';

/** One right: an effect, an action, what it is on, and under which condition. */
function rights(list: readonly Statement[]): string[] {
  return list
    .flatMap(({ Effect, Action, Resource, Condition = null }) =>
      Action.flatMap(action =>
        (Array.isArray(Resource) ? Resource : [Resource]).map(on =>
          JSON.stringify([Effect, action, on, Condition]),
        ),
      ),
    )
    .toSorted();
}

const allow = (Action: readonly string[], Resource: Value, Condition?: Value): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
});

/** What AWS' own policy for functions in a network has, and a function's code is denied. */
const interfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** By the table that package.test.ts holds against the bundles, and by what the function is triggered by and mounts. */
function wanted(made: Made, name: string): Statement[] {
  const { prefix, ladder, functions, layer_arns } = made.settings;
  const on: Record<Target, Value> = {
    'task queue': attribute(queueId(ladder.levels[0]?.queue ?? ''), 'Arn'),
    'council queue': attribute(queueId(ladder.levels.at(-1)?.queue ?? ''), 'Arn'),
    'one-time schedules': arnOf('scheduler', `schedule/${prefix}-one-time/*`),
    topics: ['TpmTopic', 'CouncilTopic', 'OperationsTopic', 'EngineeringLeadTopic'].map(ref),
  };
  const asked = Object.entries(permissions[name] ?? {}).flatMap(([command, targets]) =>
    targets.map(target => allow([actionOf(command)], on[target])),
  );
  const schedules = asked.some(({ Action: [action] }) => action === 'scheduler:CreateSchedule');
  return [
    allow(
      ['logs:CreateLogStream', 'logs:PutLogEvents'],
      arnOf('logs', `log-group:/aws/lambda/${prefix}-${name}:log-stream:*`),
    ),
    allow(interfaces, '*'),
    {
      Effect: 'Deny',
      Action: interfaces,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn(prefix, name) } },
    },
    ...(functions[name]?.sqs ?? []).map(({ queue }) =>
      allow(
        ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        attribute(queueId(queue), 'Arn'),
      ),
    ),
    ...(functions[name]?.workspace === true
      ? [
          allow(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'], workspaceArn, {
            StringEquals: { 'elasticfilesystem:AccessPointArn': accessPointArn },
          }),
        ]
      : []),
    ...login(made, name),
    ...(layer_arns.length > 0 ? [allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*')] : []),
    ...(schedules
      ? [
          allow(['iam:PassRole'], attribute('OneTimeScheduleRole', 'Arn'), {
            StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
          }),
        ]
      : []),
    ...asked,
  ];
}

/** Who makes the tables logs in as their owner where there is a secret for it; all others by IAM where there is a user. */
function login({ settings }: Made, name: string): Statement[] {
  const { database, database_iam_user, database_resource_id, database_secret_arn } = settings;
  const byIam = database === 'managed' || database_iam_user !== '';
  if (byIam && !(name === 'migrate' && (database === 'managed' || database_secret_arn !== '')))
    return [
      allow(
        ['rds-db:connect'],
        database === 'managed'
          ? {
              'Fn::Sub': [
                `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:\${Id}/jr_functions`,
                { Id: attribute('Database', 'DBClusterResourceId') },
              ],
            }
          : arnOf('rds-db', `dbuser:${database_resource_id}/${database_iam_user}`),
      ),
    ];
  const secret =
    database === 'managed' ? attribute('Database', 'MasterUserSecret.SecretArn') : database_secret_arn;
  const via = { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } };
  const { database_secret_key_arn: key } = settings;
  return [
    allow(['secretsmanager:GetSecretValue'], secret),
    ...(key === '' ? [] : [allow(['kms:Decrypt'], key, via)]),
  ];
}

export const roleRules: Rules = {
  'each function may do what its code, its triggers and its login need, and nothing else': made => {
    for (const name of Object.keys(made.settings.functions)) {
      assert.deepEqual(
        [...new Set(rights(statements(made, roleId(name))))],
        [...new Set(rights(wanted(made, name)))],
        name,
      );
    }
  },

  'a role is for one service to assume, and there is one for each function and two for the schedules':
    made => {
      const { functions } = made.settings;
      assert.equal(ofType(made, 'AWS::IAM::Role').length, Object.keys(functions).length + 2);
      for (const name of Object.keys(functions)) {
        assert.deepEqual(properties(made, roleId(name), 'AWS::IAM::Role')['AssumeRolePolicyDocument'], {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        });
      }
    },
};
