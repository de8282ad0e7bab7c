/**
 * What each function asks of AWS, by the SDK commands in its bundle. A test compares this with the bundles: a command
 * that is missing here fails on a stage with AccessDenied, one too many is a right that nobody needs.
 */

/** Things of the stage that functions act upon. */
export type Target = 'task queue' | 'council queue' | 'one-time schedules' | 'topics';

/** An SDK command, as `service:Command`, and what it is for. */
export type Permissions = Readonly<Record<string, readonly Target[]>>;

/** Messages on the task queue. */
const bells: Permissions = {
  'sqs:SendMessage': ['task queue'],
  'sqs:SendMessageBatch': ['task queue'],
};

/** The same, and schedules that ring later or wake a function up. */
const bellsAndWakeUps: Permissions = {
  ...bells,
  'scheduler:CreateSchedule': ['one-time schedules'],
  'scheduler:UpdateSchedule': ['one-time schedules'],
  'scheduler:DeleteSchedule': ['one-time schedules'],
};

export const permissions: Readonly<Record<string, Permissions>> = {
  'execute-task': bellsAndWakeUps,
  'dlq-retry': {
    ...bellsAndWakeUps,
    'sqs:ReceiveMessage': ['council queue'],
    'sqs:DeleteMessageBatch': ['council queue'],
    'sns:Publish': ['topics'],
  },
  'auto-assign': { ...bells, 'sqs:GetQueueAttributes': ['task queue'] },
  'health-sweep': bellsAndWakeUps,
  drain: bellsAndWakeUps,
};

/** IAM knows the batch commands of SQS by the name of the single one. */
export function actionOf(command: string): string {
  return command.replace(/^(sqs:.*)Batch$/, '$1');
}
