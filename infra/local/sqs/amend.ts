/**
 * Where fauxqs 2.4.1 differs from SQS in a way that matters here. Each has its test in test/integration/stack/sqs.test.ts;
 * when a newer version passes without one of them, take it out.
 */
import type { BuildAppOptions } from 'fauxqs';

type Stores = NonNullable<BuildAppOptions['stores']>;
export type SqsStore = Stores['sqsStore'];
export type SnsStore = Stores['snsStore'];
export type S3Store = Stores['s3Store'];
type SqsQueue = ReturnType<SqsStore['createQueue']>;

/** The part of fauxqs' PersistenceManager that is used here; the package does not export its type. */
export interface Persistence {
  readonly db: { exec(sql: string): void; prepare(sql: string): { run(...values: string[]): unknown } };
  updateMessageReady(messageId: string): void;
  transaction(work: () => void): void;
  loadSqsAndSns(sqs: SqsStore, sns: SnsStore): void;
  close(): void;
}

function amendQueue(queue: SqsQueue, persistence: Persistence): void {
  // SQS counts receives per queue. Kept across a redrive, the count of the first queue is past the limit of the
  // next one already, and a message falls through the whole ladder without being seen on its way.
  const enqueue = queue.enqueue.bind(queue);
  queue.enqueue = message => {
    if (message.approximateReceiveCount > 0) {
      message.approximateReceiveCount = 0;
      delete message.approximateFirstReceiveTimestamp;
    }
    enqueue(message);
  };
  // A redrive deletes from one queue and inserts into another: a kill -9 between the two would lose the message.
  const dequeue = queue.dequeue.bind(queue);
  queue.dequeue = (maxCount, visibilityTimeout, dlqResolver) => {
    let received: ReturnType<typeof dequeue> = [];
    persistence.transaction(() => {
      received = dequeue(maxCount, visibilityTimeout, dlqResolver);
    });
    return received;
  };
}

/** Puts right what the store and its persistence do otherwise than SQS. To be called before anything is loaded. */
export function amendStore(store: SqsStore, persistence: Persistence): void {
  const createQueue = store.createQueue.bind(store);
  store.createQueue = (...details) => {
    const queue = createQueue(...details);
    amendQueue(queue, persistence);
    return queue;
  };
  // Making a message visible at once sets its receive count to null, which its own schema forbids: the call fails
  // and the message is in neither list any more.
  const makeReady = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = messageId => {
    makeReady.run(messageId);
  };
  // With a host name of its own the store makes queue URLs that no resolver knows (sqs.us-east-1.localhost);
  // without, they carry the host that the client called.
  store.host = '';
}
