import {
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
  type SQSClientConfig,
} from '@aws-sdk/client-sqs';
import { maxDelaySeconds } from '../../domain/bell.ts';
import { JrError } from '../../domain/failure.ts';
import type { TaskQueue } from '../../ports/queue.ts';

export interface SqsOptions {
  readonly queueUrl: string;
  /** Only for the local stack; in AWS the SDK knows. */
  readonly endpoint?: string | undefined;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How long it is waited for an answer. Default: as long as the SDK does, a quarter of an hour. */
  readonly requestHandler?: SQSClientConfig['requestHandler'];
}

/** SQS takes at most this many messages in one call. */
const batchSize = 10;

/** The task queue on SQS. */
export function sqsTaskQueue(options: SqsOptions): TaskQueue {
  const { queueUrl } = options;
  const client = sqsClient(options);
  return {
    async send(body, traceparent = null) {
      const { MessageId } = await sqsCall(() =>
        client.send(
          new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body, ...traced(traceparent) }),
        ),
      );
      if (MessageId === undefined) throw unavailable('it answered without a message id');
      return MessageId;
    },
    ring: bells =>
      sendAll(
        client,
        queueUrl,
        bells.map(({ taskId, delaySeconds, traceparent = null }) => ({
          body: { type: 'task.run', task_id: taskId },
          delaySeconds,
          traceparent,
        })),
      ),
    ping: pings =>
      sendAll(
        client,
        queueUrl,
        pings.map(({ jrName, sentAt, delaySeconds }) => ({
          body: { type: 'jr.ping', jr_name: jrName, sent_at: sentAt },
          delaySeconds,
          traceparent: null,
        })),
      ),
  };
}

async function sendAll(
  client: SQSClient,
  queueUrl: string,
  messages: readonly {
    readonly body: object;
    readonly delaySeconds: number;
    readonly traceparent: string | null;
  }[],
): Promise<void> {
  for (let from = 0; from < messages.length; from += batchSize) {
    const Entries = messages.slice(from, from + batchSize).map(({ body, delaySeconds, traceparent }, i) => ({
      Id: String(i),
      MessageBody: JSON.stringify(body),
      DelaySeconds: Math.min(delaySeconds, maxDelaySeconds),
      ...traced(traceparent),
    }));
    const { Failed = [] } = await sqsCall(() =>
      client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries })),
    );
    if (Failed.length > 0) throw unavailable(`it refused ${Failed.length} messages: ${Failed[0]?.Message}`);
  }
}

/** Trace context travels as a message attribute (design section 10). */
function traced(traceparent: string | null) {
  return traceparent === null
    ? {}
    : { MessageAttributes: { traceparent: { DataType: 'String', StringValue: traceparent } } };
}

/**
 * By default the SDK sends to the host of the queue's URL, whatever endpoint the environment names; and the names that the
 * local stack gives do not resolve.
 */
export function sqsClient({
  endpoint,
  region,
  credentials,
  requestHandler,
}: Omit<SqsOptions, 'queueUrl'>): SQSClient {
  return new SQSClient({
    ...(region === undefined ? {} : { region }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(requestHandler === undefined ? {} : { requestHandler }),
    useQueueUrlAsEndpoint: false,
  });
}

/** Turns what the SDK throws into QUEUE_UNAVAILABLE. */
export async function sqsCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unavailable(what: string, cause?: unknown): JrError {
  return new JrError('QUEUE_UNAVAILABLE', `The task queue could not be used: ${what}. It is tried again.`, {
    cause,
  });
}
