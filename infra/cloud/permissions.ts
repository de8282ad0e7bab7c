/**
 * What each function asks of AWS, by the SDK commands in its bundle. A test compares this with the bundles: a command
 * that is missing here fails on a stage with AccessDenied, one too many is a right that nobody needs.
 */

/** Things of the stage that functions act upon. */
export type Target = 'task queue' | 'council queue' | 'one-time schedules' | 'topics';

/** An SDK command, as `service:Command`, and what it is for. */
export type Permissions = Readonly<Record<string, readonly Target[]>>;

const bells: Permissions = {
  'sqs:SendMessageBatch': ['task queue'],
  'scheduler:CreateSchedule': ['one-time schedules'],
  'scheduler:UpdateSchedule': ['one-time schedules'],
  'scheduler:DeleteSchedule': ['one-time schedules'],
};

export const permissions: Readonly<Record<string, Permissions>> = {
  'execute-task': { ...bells, 'sqs:SendMessage': ['task queue'] },
  'health-sweep': { ...bells, 'sqs:SendMessage': ['task queue'] },
  'dlq-retry': {
    ...bells,
    'sqs:SendMessage': ['task queue'],
    'sqs:ReceiveMessage': ['council queue'],
    'sqs:DeleteMessageBatch': ['council queue'],
    'sns:Publish': ['topics'],
  },
  'auto-assign': { ...bells, 'sqs:SendMessage': ['task queue'], 'sqs:GetQueueAttributes': ['task queue'] },
};

/** IAM knows the batch commands of SQS by the name of the single one. */
export function actionOf(command: string): string {
  return command.replace(/^(sqs:.*)Batch$/, '$1');
}
