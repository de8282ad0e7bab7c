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
import { functionArn, functionId } from './names.ts';
import { queueId, SCHEDULE_DEAD_LETTERS } from './queues.ts';
import type { Settings } from './settings.ts';

/** Functions that one-time schedules invoke, where they exist: deadlines of the ladder, checks, a drain that goes on. */
const invokedOnce = ['dlq-retry', 'health-sweep', 'drain'];

/** How often a delivery is tried again, and for how long. A sweep that is later than the next one is not needed. */
const retry = { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 120 };

export const groupName = (prefix: string) => `${prefix}-one-time`;

/**
 * The recurring schedules of infra/functions.json, the group that the functions make their one-time schedules in, and
 * the roles by which EventBridge Scheduler delivers.
 */
export function schedules(settings: Settings): Resources {
  const { functions, prefix, sweeps, ladder } = settings;
  const recurring = Object.entries(functions).flatMap(([name, spec]) =>
    (spec.schedules ?? []).map((schedule, index) => {
      const properties: Record<string, Value> = {
        Name: `${prefix}-${name}-${index + 1}`,
        Description: `Invokes ${name}`,
        ScheduleExpression: schedule.expression,
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: sweeps ? 'ENABLED' : 'DISABLED',
        Target: {
          Arn: functionArn(prefix, name),
          RoleArn: attribute('SweepRole', 'Arn'),
          RetryPolicy: retry,
          DeadLetterConfig: { Arn: attribute(queueId(SCHEDULE_DEAD_LETTERS), 'Arn') },
          ...(schedule.input === undefined ? {} : { Input: JSON.stringify(schedule.input) }),
        },
      };
      return [
        logicalId(`${name}-${index + 1}`, 'Schedule'),
        {
          Type: 'AWS::Scheduler::Schedule',
          DependsOn: [functionId(name, 'LambdaFunction')],
          Properties: properties,
        },
      ] as const;
    }),
  );
  const swept = Object.entries(functions).filter(([, spec]) => (spec.schedules ?? []).length > 0);
  const tasks = ladder.levels[0]?.queue ?? '';
  const once = invokedOnce.filter(name => name in functions);
  const ownAccount = { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } };
  return {
    OneTimeSchedules: {
      Type: 'AWS::Scheduler::ScheduleGroup',
      Properties: { Name: groupName(prefix) },
    },
    OneTimeScheduleRole: role(
      'scheduler.amazonaws.com',
      [
        allow(['sqs:SendMessage'], attribute(queueId(tasks), 'Arn')),
        allow(
          ['lambda:InvokeFunction'],
          once.map(name => functionArn(prefix, name)),
        ),
      ],
      ownAccount,
    ),
    SweepRole: role(
      'scheduler.amazonaws.com',
      [
        allow(
          ['lambda:InvokeFunction'],
          swept.map(([name]) => functionArn(prefix, name)),
        ),
        allow(['sqs:SendMessage'], attribute(queueId(SCHEDULE_DEAD_LETTERS), 'Arn')),
      ],
      ownAccount,
    ),
    ...Object.fromEntries(recurring),
  };
}

/** The schedules that functions make: any name in the group. */
export function oneTimeSchedules(prefix: string): Value {
  return arnOf('scheduler', `schedule/${groupName(prefix)}/*`);
}
