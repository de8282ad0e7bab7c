import { z } from 'zod';
import { ACCOUNT, REGION } from '../sqs/queues.ts';
import { invalid } from './error.ts';
import { ExpressionError, nextFireTime, type Timing } from './expression.ts';

/** The body of CreateSchedule and UpdateSchedule. Fields that only other targets use are kept and shown. */
const scheduleBody = z.object({
  GroupName: z.string().optional(),
  ClientToken: z.string().optional(),
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.string().default('UTC'),
  /** Epoch seconds, as the wire has them. */
  StartDate: z.number().optional(),
  EndDate: z.number().optional(),
  Description: z.string().max(512).optional(),
  KmsKeyArn: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED']).default('ENABLED'),
  ActionAfterCompletion: z.enum(['NONE', 'DELETE']).default('NONE'),
  FlexibleTimeWindow: z
    .object({
      Mode: z.enum(['OFF', 'FLEXIBLE']),
      MaximumWindowInMinutes: z.number().int().min(1).max(1_440).optional(),
    })
    .refine(window => (window.Mode === 'FLEXIBLE') === (window.MaximumWindowInMinutes !== undefined), {
      path: ['MaximumWindowInMinutes'],
      message: 'is required when Mode is FLEXIBLE and not allowed when it is OFF',
    }),
  Target: z.looseObject({
    Arn: z.string().regex(/^arn:aws:(lambda:[a-z0-9-]+:\d{12}:function|sqs:[a-z0-9-]+:\d{12}):[\w.:$-]+$/, {
      message:
        'has to be the ARN of a Lambda function or an SQS queue (the local Scheduler knows no other targets)',
    }),
    RoleArn: z.string(),
    Input: z.string().optional(),
    DeadLetterConfig: z.object({ Arn: z.string().optional() }).optional(),
    RetryPolicy: z
      .object({
        MaximumEventAgeInSeconds: z.number().int().min(60).max(86_400).optional(),
        MaximumRetryAttempts: z.number().int().min(0).max(185).optional(),
      })
      .optional(),
    SqsParameters: z.object({ MessageGroupId: z.string().optional() }).optional(),
  }),
});

/** A stored schedule. Times are epoch seconds, as the API shows them. */
export const storedSchedule = scheduleBody.omit({ GroupName: true }).extend({
  Name: z.string(),
  GroupName: z.string(),
  CreationDate: z.number(),
  LastModificationDate: z.number(),
});

export type Schedule = z.infer<typeof storedSchedule>;
export type Target = Schedule['Target'];

const NAME = /^[0-9a-zA-Z-_.]{1,64}$/;

/** @throws {SchedulerError} for a name that cannot be one */
export function checkName(value: string, field: string): string {
  if (NAME.test(value)) return value;
  throw invalid(
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: ` +
      'Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]{1,64}$',
  );
}

export function scheduleArn({ GroupName, Name }: Pick<Schedule, 'GroupName' | 'Name'>): string {
  return `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${GroupName}/${Name}`;
}

export function groupArn(name: string): string {
  return `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule-group/${name}`;
}

function parseBody(body: string): z.infer<typeof scheduleBody> {
  let raw: unknown;
  try {
    raw = JSON.parse(body);
  } catch {
    throw invalid('The request body is not valid JSON.');
  }
  const { success, data, error } = scheduleBody.safeParse(raw);
  if (success) return data;
  const all = error.issues.map(({ path, message }) => {
    const field = path.map((key, index) =>
      index === 0 ? lowerFirst(String(key)) : `.${lowerFirst(String(key))}`,
    );
    return `Value at '${field.join('')}' failed to satisfy constraint: ${message}`;
  });
  throw invalid(`${all.length} validation error${all.length === 1 ? '' : 's'} detected: ${all.join('; ')}`);
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/**
 * Makes the schedule that a request describes.
 * @param now epoch milliseconds
 * @throws {SchedulerError} naming what is wrong
 */
export function makeSchedule(name: string, body: string, now: number, creationDate = now / 1_000): Schedule {
  const parsed = parseBody(body);
  const schedule: Schedule = {
    ...parsed,
    Name: checkName(name, 'name'),
    GroupName: checkName(parsed.GroupName ?? 'default', 'groupName'),
    CreationDate: creationDate,
    LastModificationDate: now / 1_000,
  };
  if (
    schedule.StartDate !== undefined &&
    schedule.EndDate !== undefined &&
    schedule.StartDate >= schedule.EndDate
  ) {
    throw invalid('The StartDate you specify must come before the EndDate.');
  }
  try {
    nextFireTime(timingOf(schedule), now);
  } catch (error) {
    if (error instanceof ExpressionError) throw invalid(error.message);
    throw error;
  }
  return schedule;
}

export function timingOf(schedule: Schedule): Timing {
  const milliseconds = (seconds: number | undefined) => (seconds === undefined ? null : seconds * 1_000);
  return {
    expression: schedule.ScheduleExpression,
    timeZone: schedule.ScheduleExpressionTimezone,
    start: milliseconds(schedule.StartDate),
    end: milliseconds(schedule.EndDate),
    since: schedule.LastModificationDate * 1_000,
  };
}

/** The schedule as GetSchedule answers. */
export function describeSchedule({ ClientToken: _, ...schedule }: Schedule): object {
  return { Arn: scheduleArn(schedule), ...schedule };
}

/** The schedule as ListSchedules answers. */
export function summarizeSchedule(schedule: Schedule): object {
  const { Name, GroupName, State, CreationDate, LastModificationDate, Target } = schedule;
  const Arn = scheduleArn(schedule);
  return { Arn, Name, GroupName, State, CreationDate, LastModificationDate, Target: { Arn: Target.Arn } };
}
