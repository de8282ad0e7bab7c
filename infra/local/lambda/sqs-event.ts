import type { Message } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { REGION } from '../sqs/queues.ts';

/** Lambda takes no larger event; an event source makes smaller batches of what would be. */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

function record(message: Message, queueArn: string) {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    {
      ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
      ...(value.BinaryValue === undefined
        ? {}
        : { binaryValue: Buffer.from(value.BinaryValue).toString('base64') }),
      stringListValues: [],
      binaryListValues: [],
      dataType: value.DataType,
    },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? '',
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: REGION,
  };
}

/** The event of a batch, as AWS shapes it. */
export function sqsEvent(messages: readonly Message[], queueArn: string): string {
  return JSON.stringify({ Records: messages.map(message => record(message, queueArn)) });
}

/** Cuts what was received into batches whose events Lambda takes; a message alone always does (1 MiB at most). */
export function batches(
  messages: readonly Message[],
  queueArn: string,
  limit = MAX_EVENT_BYTES,
): Message[][] {
  const made: Message[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const size = Buffer.byteLength(sqsEvent([message], queueArn));
    if (bytes + size > limit) {
      made.push([]);
      bytes = 0;
    }
    made.at(-1)?.push(message);
    bytes += size;
  }
  return made;
}

const batchResponse = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullable();

/**
 * The ids of the messages that stay on the queue, from what a function answered (ReportBatchItemFailures).
 * As on AWS an empty answer is full success; an answer that is malformed or names a message that was not in the
 * batch fails the whole batch.
 */
export function failedMessages(payload: string, messageIds: readonly string[]): ReadonlySet<string> {
  const everything = new Set(messageIds);
  let answer: unknown;
  try {
    answer = JSON.parse(payload);
  } catch {
    return everything;
  }
  const { success, data } = batchResponse.safeParse(answer);
  if (!success) return everything;
  const failed = new Set(data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every(id => everything.has(id)) ? failed : everything;
}
