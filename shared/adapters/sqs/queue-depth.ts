import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { QueueDepth } from '../../ports/surroundings.ts';
import { type SqsOptions, sqsCall, sqsClient } from './task-queue.ts';

/** Answers what a queue of the same account holds. */
export function sqsQueueDepth(options: Omit<SqsOptions, 'queueUrl'>) {
  const client = sqsClient(options);
  return async (queueUrl: string): Promise<QueueDepth> => {
    const { Attributes = {} } = await sqsCall(() =>
      client.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: [
            'ApproximateNumberOfMessages',
            'ApproximateNumberOfMessagesNotVisible',
            'ApproximateNumberOfMessagesDelayed',
          ],
        }),
      ),
    );
    return {
      visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
      in_flight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
    };
  };
}
