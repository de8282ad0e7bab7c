import type { Scheduler } from '../../ports/scheduler.ts';
import { type OneTimeOptions, oneTimeSchedules } from './one-time-schedules.ts';

interface BellOptions extends OneTimeOptions {
  /** ARN of the queue jr-tasks. */
  readonly queueArn: string;
}

/** One schedule a task, named after it. */
export function schedulerBells({ queueArn, ...options }: BellOptions): Scheduler {
  const schedules = oneTimeSchedules(options);
  const nameOf = (taskId: number) => `jr-retry-${taskId}`;
  return {
    ringAt: (taskId, at) =>
      schedules.put(nameOf(taskId), at, { arn: queueArn, input: { type: 'task.run', task_id: taskId } }),
    remove: taskId => schedules.remove(nameOf(taskId)),
  };
}
