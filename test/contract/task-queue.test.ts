// One suite for the queue on SQS and for the one in memory that other tests use.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type SqsServer, startSqs } from '../../infra/local/sqs.ts';
import { sqsDeadLetters } from '../../shared/adapters/sqs/dead-letters.ts';
import { decodeMessage } from '../../shared/adapters/sqs/decode-message.ts';
import { sqsTaskQueue } from '../../shared/adapters/sqs/task-queue.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';
import { memoryTaskQueue } from '../support/memory-queue.ts';

let folder: string;
let server: SqsServer;
let client: SQSClient;
const identity = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-queue-'));
  const queues = [{ name: 'jr-tasks', visibilityTimeoutSeconds: 30, retentionDays: 4, redrive: null }];
  server = await startSqs({ dataDir: folder, port: 0, queues });
  client = new SQSClient({ endpoint: server.endpoint, useQueueUrlAsEndpoint: false, ...identity });
});
after(async () => {
  client.destroy();
  await server.stop();
  await rm(folder, { recursive: true });
});

/** Takes what can be received at once off the queue. */
async function drain(): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const QueueUrl = server.queues['jr-tasks'];
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => Body ?? ''));
    const Entries = Messages.map(({ MessageId, ReceiptHandle }) => ({ Id: MessageId, ReceiptHandle }));
    await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

const kinds: [name: string, make: () => { queue: TaskQueue; arrived: () => Promise<string[]> }][] = [
  [
    'on SQS',
    () => ({
      queue: sqsTaskQueue({
        queueUrl: server.queues['jr-tasks'] ?? '',
        endpoint: server.endpoint,
        ...identity,
      }),
      arrived: drain,
    }),
  ],
  [
    'in memory',
    () => {
      const queue = memoryTaskQueue();
      return { queue, arrived: async () => queue.bodies };
    },
  ],
];

for (const [name, make] of kinds) {
  describe(`the task queue ${name}`, () => {
    test('carries a body to the byte and gives it an id of its own', async () => {
      const { queue, arrived } = make();
      const ids = [await queue.send('{"caf\u00e9": 1}'), await queue.send('{"caf\u00e9": 1}')];
      assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/);
      assert.notEqual(ids[0], ids[1]);
      assert.deepEqual(await arrived(), ['{"caf\u00e9": 1}', '{"caf\u00e9": 1}']);
    });

    test('rings for any number of tasks', async () => {
      const { queue, arrived } = make();
      await queue.ring([]);
      await queue.ring(Array.from({ length: 25 }, (_, i) => ({ taskId: i + 1, delaySeconds: 0 })));
      const rung = (await arrived())
        .map(decodeMessage)
        .map(decoded => (decoded.kind === 'run' ? decoded.taskId : 0));
      assert.deepEqual(
        rung.sort((a, b) => a - b),
        Array.from({ length: 25 }, (_, i) => i + 1),
      );
    });

    test('asks any number of Jrs, with when it could', async () => {
      const { queue, arrived } = make();
      const sentAt = new Date('2026-03-01T12:00:00Z');
      const names = Array.from({ length: 12 }, (_, i) => `Jr ${i}`);
      await queue.ping(names.map(jrName => ({ jrName, delaySeconds: 0, sentAt })));
      const asked = (await arrived()).map(decodeMessage);
      assert.deepEqual(new Set(asked), new Set(names.map(jrName => ({ kind: 'ping', jrName, sentAt }))));
    });
  });
}

test('a bell with a delay is not heard before', async () => {
  const queue = sqsTaskQueue({
    queueUrl: server.queues['jr-tasks'] ?? '',
    endpoint: server.endpoint,
    ...identity,
  });
  await queue.ring([
    { taskId: 1, delaySeconds: 30 },
    { taskId: 2, delaySeconds: 4_000 },
    { taskId: 3, delaySeconds: 0 },
  ]);
  assert.deepEqual(await drain(), ['{"type":"task.run","task_id":3}']);
});

test('trace context travels as a message attribute, and level 3 keeps it', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const options = { queueUrl: server.queues['jr-tasks'] ?? '', endpoint: server.endpoint, ...identity };
  const queue = sqsTaskQueue(options);
  await queue.send('sent', traceparent);
  await queue.ring([
    { taskId: 1, delaySeconds: 0, traceparent },
    { taskId: 2, delaySeconds: 0 },
  ]);
  const deadLetters = sqsDeadLetters(options);
  const received = new Map<string, string | null | undefined>();
  while (received.size < 3) {
    const messages = await deadLetters.receive();
    for (const message of messages) received.set(message.body, message.traceparent);
    await deadLetters.remove(messages.map(({ receiptHandle }) => receiptHandle));
  }
  assert.deepEqual(Object.fromEntries(received), {
    sent: traceparent,
    '{"type":"task.run","task_id":1}': traceparent,
    '{"type":"task.run","task_id":2}': null,
  });
});

test('level 3 is asked for a second, whatever its queue would wait: on a stage that is twenty, every minute', async t => {
  const asked: unknown[] = [];
  const server = createServer((request, response) => {
    text(request).then(body => {
      asked.push(JSON.parse(body).WaitTimeSeconds);
      response.setHeader('content-type', 'application/x-amz-json-1.0').end('{}');
    }, assert.fail);
  });
  t.after(() => server.close());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  // Of a server that listens on a port, as the line above makes it.
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const deadLetters = sqsDeadLetters({ queueUrl: `${endpoint}/0/q`, endpoint, ...identity });
  assert.deepEqual(await deadLetters.receive(), []);
  assert.deepEqual(asked, [1]);
});

test('a queue that is away says so as QUEUE_UNAVAILABLE', async () => {
  const queue = sqsTaskQueue({
    queueUrl: 'http://127.0.0.1:1/0/q',
    endpoint: 'http://127.0.0.1:1',
    ...identity,
  });
  await assert.rejects(queue.send('x'), { code: 'QUEUE_UNAVAILABLE' });
  await assert.rejects(queue.ring([{ taskId: 1, delaySeconds: 0 }]), { code: 'QUEUE_UNAVAILABLE' });
});
