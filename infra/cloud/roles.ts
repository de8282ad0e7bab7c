import {
  allow,
  arnOf,
  attribute,
  logicalId,
  type Resources,
  ref,
  role,
  type Value,
} from './cloudformation.ts';
import type { Database } from './database.ts';
import { functionArn, functionName } from './names.ts';
import { actionOf, type Permissions, permissions, type Target } from './permissions.ts';
import { queueId } from './queues.ts';
import { oneTimeSchedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { topicsOf } from './topics.ts';
import { accessPointArn, workspaceArn } from './workspace.ts';

export function roleId(name: string): string {
  return logicalId(name, 'Role');
}

/** One role a function: what its code asks for, what its triggers need, and nothing else. */
export function roles(settings: Settings, database: Database): Resources {
  return Object.fromEntries(
    Object.entries(settings.functions).map(([name, spec]) => [
      roleId(name),
      role('lambda.amazonaws.com', [
        writeLogs(settings.prefix, name),
        ...network(functionArn(settings.prefix, name)),
        ...(spec.sqs ?? []).map(({ queue }) =>
          allow(
            ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
            attribute(queueId(queue), 'Arn'),
          ),
        ),
        ...(spec.workspace === true ? [useWorkspace] : []),
        ...(settings.layer_arns.length > 0 ? [sendTraces] : []),
        ...(name === 'migrate' ? database.owner : database).statements,
        ...asked(settings, permissions[name] ?? {}),
      ]),
    ]),
  );
}

/** The statements for SDK commands, one a target. */
function asked(settings: Settings, wanted: Permissions): Value[] {
  const targets = [...new Set(Object.values(wanted).flat())];
  const statements = targets.map(target => {
    const actions = Object.entries(wanted).filter(([, on]) => on.includes(target));
    return allow([...new Set(actions.map(([command]) => actionOf(command)))], resourceOf(settings, target));
  });
  // Whoever makes a schedule hands it the role by which it delivers.
  return targets.includes('one-time schedules')
    ? [
        ...statements,
        allow(['iam:PassRole'], attribute('OneTimeScheduleRole', 'Arn'), {
          StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
        }),
      ]
    : statements;
}

function resourceOf({ ladder, prefix }: Settings, target: Target): Value {
  switch (target) {
    case 'task queue':
      return attribute(queueId(ladder.levels[0]?.queue ?? ''), 'Arn');
    case 'council queue':
      return attribute(queueId(ladder.levels.at(-1)?.queue ?? ''), 'Arn');
    case 'one-time schedules':
      return oneTimeSchedules(prefix);
    case 'topics':
      return Object.keys(topicsOf).map(ref);
  }
}

/** The group is made by the stack; within it, streams have names that Lambda makes up. */
function writeLogs(prefix: string, name: string): Value {
  return allow(
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    arnOf('logs', `log-group:/aws/lambda/${functionName(prefix, name)}:log-stream:*`),
  );
}

const interfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/**
 * For Lambda itself, which puts the function into the network by the function's role and knows no narrower resource
 * than all. The code of the function is denied the same.
 */
function network(functionArnOf: Value): Value[] {
  return [
    allow(interfaces, '*'),
    {
      Effect: 'Deny',
      Action: interfaces,
      Resource: '*',
      Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArnOf } },
    },
  ];
}

/** For the collector of a layer, which sends to X-Ray unless told otherwise. AWS knows no narrower resource. */
const sendTraces = allow(['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], '*');

/** Through the access point only. */
const useWorkspace = allow(['elasticfilesystem:ClientMount', 'elasticfilesystem:ClientWrite'], workspaceArn, {
  StringEquals: { 'elasticfilesystem:AccessPointArn': accessPointArn },
});
