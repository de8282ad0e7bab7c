import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  type SchedulerClientConfig,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import type { Scheduler } from '../../ports/scheduler.ts';

export interface SchedulerOptions {
  /** ARN of the queue jr-tasks. */
  readonly queueArn: string;
  /** The role by which Scheduler may send to it. */
  readonly roleArn: string;
  readonly group: string;
  /** What the SDK does not find in its environment. */
  readonly client?: SchedulerClientConfig;
}

/** One schedule a task, named after it, so that making and replacing are the same however often they are repeated. */
export function schedulerBells({
  queueArn,
  roleArn,
  group,
  client: config = {},
}: SchedulerOptions): Scheduler {
  const client = new SchedulerClient(config);
  const nameOf = (taskId: number) => `jr-retry-${taskId}`;
  return {
    async ringAt(taskId, at) {
      const schedule = {
        Name: nameOf(taskId),
        GroupName: group,
        // Scheduler takes whole seconds of UTC without a zone.
        ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
        FlexibleTimeWindow: { Mode: 'OFF' as const },
        ActionAfterCompletion: 'DELETE' as const,
        Target: {
          Arn: queueArn,
          RoleArn: roleArn,
          Input: JSON.stringify({ type: 'task.run', task_id: taskId }),
        },
      };
      try {
        await client.send(new CreateScheduleCommand(schedule));
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
        await client.send(new UpdateScheduleCommand(schedule));
      }
    },
    async remove(taskId) {
      try {
        await client.send(new DeleteScheduleCommand({ Name: nameOf(taskId), GroupName: group }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}
