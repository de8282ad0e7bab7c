import { alarms } from './alarms.ts';
import { attribute, logicalId, type Resources, ref, type Value } from './cloudformation.ts';
import { checkConnections } from './connections.ts';
import { dashboard } from './dashboard.ts';
import { database } from './database.ts';
import { environment, functions } from './functions.ts';
import { functionName } from './names.ts';
import { network } from './network.ts';
import { queueId, queues } from './queues.ts';
import { roles } from './roles.ts';
import { groupName, schedules } from './schedules.ts';
import type { Settings } from './settings.ts';
import { topics, topicsOf } from './topics.ts';
import { accessPointArn, workspace } from './workspace.ts';

/** What serverless.yml takes from here: its functions, their environment, and everything around them. */
export interface Template {
  readonly environment: Readonly<Record<string, Value>>;
  readonly functions: Value;
  readonly resources: { readonly Resources: Resources; readonly Outputs: Readonly<Record<string, Value>> };
}

/** Pure: the deployment that the settings ask for. @throws {SettingsError} */
export function template(settings: Settings): Template {
  checkConnections(settings);
  const place = network(settings);
  const ledger = database(settings, place);
  return {
    environment: environment(settings, ledger),
    functions: functions(settings, place, ledger),
    resources: {
      Resources: {
        ...queues(settings),
        ...topics(settings),
        ...place.resources,
        ...ledger.resources,
        ...workspace(settings, place),
        ...roles(settings, ledger),
        ...schedules(settings),
        ...alarms(settings),
        ...dashboard(settings),
      },
      Outputs: outputs(settings, ledger.variables, ledger.secretArn),
    },
  };
}

/** What the command line and a person need to find the stage. */
function outputs(
  { ladder, functions: specs, prefix, stage, database: whose }: Settings,
  ledger: Readonly<Record<string, Value>>,
  secretArn: Value | null,
): Record<string, Value> {
  const entries: (readonly [string, Value, string])[] = [
    ['Stage', stage, 'The stage'],
    ...ladder.levels.map(({ queue }): [string, Value, string] => [
      logicalId(queue, 'QueueUrl'),
      ref(queueId(queue)),
      `URL of ${queue}`,
    ]),
    ...Object.keys(specs).map((name): [string, Value, string] => [
      logicalId(name, 'FunctionName'),
      functionName(prefix, name),
      `The function ${name}`,
    ]),
    ...Object.entries(topicsOf).map(([id, { name }]): [string, Value, string] => [
      `${id}Arn`,
      ref(id),
      `Who subscribes to it is told what concerns ${name}`,
    ]),
    ['ScheduleGroupName', groupName(prefix), 'The group of one-time schedules'],
    ['WorkspaceFileSystemId', ref('Workspace'), 'The file system that tasks work on'],
    ['WorkspaceAccessPointArn', accessPointArn, 'How to mount it'],
    ...Object.entries({
      Host: 'DATABASE_HOST',
      Port: 'DATABASE_PORT',
      Name: 'DATABASE_NAME',
      IamUser: 'DATABASE_IAM_USER',
    }).flatMap(([part, variable]): [string, Value, string][] => {
      const value = ledger[variable];
      return value === undefined ? [] : [[`Database${part}`, value, `The ledger's ${part}`]];
    }),
    ...(secretArn === null
      ? []
      : [
          [
            'DatabaseSecretArn',
            secretArn,
            'The secret with a login of the ledger: that of its owner where there is a DatabaseIamUser',
          ] as [string, Value, string],
        ]),
    ...(whose === 'managed'
      ? [
          [
            'DatabaseClusterArn',
            attribute('Database', 'DBClusterArn'),
            'The Aurora cluster of the ledger',
          ] as const,
        ]
      : []),
    ['DashboardName', prefix, 'The dashboard in CloudWatch'],
  ];
  return Object.fromEntries(
    entries.map(([id, value, description]) => [id, { Value: value, Description: description }]),
  );
}
