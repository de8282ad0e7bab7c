import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  type SchedulerClientConfig,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';

export interface OneTimeOptions {
  /** The role by which Scheduler may reach the targets. */
  readonly roleArn: string;
  readonly group: string;
  /** What the SDK does not find in its environment. */
  readonly client?: SchedulerClientConfig;
}

/** Schedules that fire once and remove themselves; making and replacing one are the same however often they are repeated. */
export function oneTimeSchedules({ roleArn, group, client: config = {} }: OneTimeOptions) {
  const client = new SchedulerClient(config);
  return {
    async put(
      name: string,
      at: Date,
      target: { readonly arn: string; readonly input: object },
    ): Promise<void> {
      const schedule = {
        Name: name,
        GroupName: group,
        ScheduleExpression: `at(${wholeSeconds(at)})`,
        FlexibleTimeWindow: { Mode: 'OFF' as const },
        ActionAfterCompletion: 'DELETE' as const,
        Target: { Arn: target.arn, RoleArn: roleArn, Input: JSON.stringify(target.input) },
      };
      try {
        await client.send(new CreateScheduleCommand(schedule));
      } catch (error) {
        if (!(error instanceof ConflictException)) throw error;
        await client.send(new UpdateScheduleCommand(schedule));
      }
    },
    async remove(name: string): Promise<void> {
      try {
        await client.send(new DeleteScheduleCommand({ Name: name, GroupName: group }));
      } catch (error) {
        if (!(error instanceof ResourceNotFoundException)) throw error;
      }
    },
  };
}

/** Scheduler takes whole seconds of UTC without a zone. Up, so that what is due by then is due. */
function wholeSeconds(at: Date): string {
  return new Date(Math.ceil(at.getTime() / 1000) * 1000).toISOString().slice(0, 19);
}
