import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { DeadLetters } from '../../ports/dead-letters.ts';
import { type SqsOptions, sqsCall, sqsClient } from './task-queue.ts';

/** Long enough to fold a batch into the ledger, short enough to come back soon when that failed. */
const hiddenSeconds = 120;

/**
 * Not as long as the queue waits by itself: it is nearly always empty, and the rest of the sweep comes after it. With none at
 * all SQS asks some of its servers only, and finds nothing where there is something.
 */
const waitSeconds = 1;

/** The last queue of the ladder on SQS. */
export function sqsDeadLetters(options: SqsOptions): DeadLetters {
  const { queueUrl } = options;
  const client = sqsClient(options);
  return {
    async receive() {
      const { Messages = [] } = await sqsCall(() =>
        client.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: hiddenSeconds,
            WaitTimeSeconds: waitSeconds,
            MessageAttributeNames: ['traceparent'],
          }),
        ),
      );
      return Messages.flatMap(({ MessageId, Body, ReceiptHandle, MessageAttributes }) =>
        MessageId === undefined || ReceiptHandle === undefined
          ? []
          : [
              {
                messageId: MessageId,
                body: Body ?? '',
                receiptHandle: ReceiptHandle,
                traceparent: MessageAttributes?.['traceparent']?.StringValue ?? null,
              },
            ],
      );
    },
    async remove(receiptHandles) {
      const Entries = receiptHandles.map((ReceiptHandle, i) => ({ Id: String(i), ReceiptHandle }));
      await sqsCall(() => client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries })));
    },
  };
}
