import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { ACCOUNT, REGION } from '../sqs/queues.ts';
import { scheduleArn } from './schedule.ts';
import type { Delivery } from './store.ts';

/** Hands one input to one target. Resolves when the target has accepted it. */
export type Deliver = (targetArn: string, input: string, messageGroupId?: string) => Promise<void>;

/** Delivers to the Lambda host and the SQS emulator of this machine. */
export function localTargets(
  invokeAsync: (functionName: string, event: string) => Promise<unknown>,
  sqsEndpoint: string,
): { deliver: Deliver; close(): void } {
  const sqs = new SQSClient({
    endpoint: sqsEndpoint,
    region: REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return {
    close: () => sqs.destroy(),
    deliver: async (targetArn, input, messageGroupId) => {
      // arn:aws:lambda:region:account:function:name, arn:aws:sqs:region:account:name
      const [, , service, , , ...name] = targetArn.split(':');
      if (service === 'lambda') {
        await invokeAsync(name[1] ?? '', input);
        return;
      }
      await sqs.send(
        new SendMessageCommand({
          QueueUrl: `${sqsEndpoint}/${ACCOUNT}/${name[0]}`,
          MessageBody: input,
          ...(messageGroupId === undefined ? {} : { MessageGroupId: messageGroupId }),
        }),
      );
    },
  };
}

/** The input of a firing: the schedule's own with its context attributes filled in, or the event that AWS makes up. */
export function inputOf({ schedule, id, scheduledTime, attempt }: Delivery): string {
  const time = new Date(scheduledTime).toISOString().replace(/\.\d+Z$/, 'Z');
  const arn = scheduleArn(schedule);
  const { Input } = schedule.Target;
  if (Input === undefined) {
    return JSON.stringify({
      version: '0',
      id,
      'detail-type': 'Scheduled Event',
      source: 'aws.scheduler',
      account: ACCOUNT,
      time,
      region: REGION,
      resources: [arn],
      detail: '{}',
    });
  }
  return Input.replaceAll('<aws.scheduler.schedule-arn>', arn)
    .replaceAll('<aws.scheduler.scheduled-time>', time)
    .replaceAll('<aws.scheduler.execution-id>', id)
    .replaceAll('<aws.scheduler.attempt-number>', String(attempt));
}
