import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type QueueSpec, queuesOf } from '../../../infra/local/sqs/queues.ts';
import { type SqsServer, startSqs } from '../../../infra/local/sqs.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const queues: QueueSpec[] = [
  {
    name: 'first',
    visibilityTimeoutSeconds: 30,
    retentionDays: 4,
    redrive: { queue: 'second', maxReceiveCount: 2 },
  },
  {
    name: 'second',
    visibilityTimeoutSeconds: 30,
    retentionDays: 7,
    redrive: { queue: 'third', maxReceiveCount: 2 },
  },
  { name: 'third', visibilityTimeoutSeconds: 30, retentionDays: 14, redrive: null },
];

async function serve(t: TestContext, dataDir: string, specs = queues) {
  const server = await startSqs({ dataDir, port: 0, queues: specs });
  t.after(() => server.stop());
  return { server, ...clientOf(t, server) };
}

function clientOf(t: TestContext, server: SqsServer) {
  const sqs = new SQSClient({
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  t.after(() => sqs.destroy());
  const url = (name: string) => server.queues[name] ?? assert.fail(`no queue ${name}`);
  return {
    sqs,
    url,
    send: (name: string, body: string) =>
      sqs.send(new SendMessageCommand({ QueueUrl: url(name), MessageBody: body })),
    receive: async (name: string) => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url(name),
          MaxNumberOfMessages: 10,
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return Messages;
    },
    release: (name: string, receiptHandle: string | undefined) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url(name),
          ReceiptHandle: receiptHandle,
          VisibilityTimeout: 0,
        }),
      ),
  };
}

test('queue URLs name loopback, can be looked up, and work without an endpoint of their own', async t => {
  const { server, sqs, url } = await serve(t, await tempFolder(t));
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'first' }));
  assert.equal(QueueUrl, `http://127.0.0.1:${server.port}/000000000000/first`);
  assert.equal(QueueUrl, url('first'));
});

test('nothing listens on the interfaces that other machines reach', async t => {
  const { server } = await serve(t, await tempFolder(t));
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(address => address?.family === 'IPv4' && !address.internal);
  if (outside === undefined) return t.skip('this machine has no network');
  await assert.rejects(
    new Promise((resolve, reject) => {
      connect(server.port, outside.address).once('connect', resolve).once('error', reject);
    }),
    /ECONNREFUSED/,
  );
});

test('a body of 1 MiB is accepted and comes back whole', async t => {
  const { send, receive } = await serve(t, await tempFolder(t));
  const body = 'é'.repeat(512 * 1024);
  await send('first', body);
  const [message] = await receive('first');
  assert.equal(message?.Body, body);
});

test('a message climbs queue by queue, each counting its own receives', async t => {
  const { send, receive, release } = await serve(t, await tempFolder(t));
  await send('first', 'climber');
  const seen: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    for (let message = (await receive(name))[0]; message !== undefined; message = (await receive(name))[0]) {
      seen.push(`${name} ${message.Attributes?.['ApproximateReceiveCount']}`);
      if (name === 'third') break; // no redrive: it would come back for ever
      await release(name, message.ReceiptHandle);
    }
  }
  assert.deepEqual(seen, ['first 1', 'first 2', 'second 1', 'second 2', 'third 1']);
});

test('a restart keeps messages and receive counts, shows in-flight ones at once and follows a change of the ladder', async t => {
  const dataDir = await tempFolder(t);
  const before = await serve(t, dataDir);
  await before.send('first', 'deleted');
  const [deleted] = await before.receive('first');
  await before.sqs.send(
    new DeleteMessageCommand({ QueueUrl: before.url('first'), ReceiptHandle: deleted?.ReceiptHandle }),
  );
  await before.send('first', 'in flight');
  assert.equal((await before.receive('first')).length, 1);
  await before.send('third', 'waiting');
  await before.server.stop();

  const changed = queues.map(queue => ({ ...queue, visibilityTimeoutSeconds: 7, redrive: null }));
  const after = await serve(t, dataDir, changed);
  const [again] = await after.receive('first');
  assert.deepEqual([again?.Body, again?.Attributes?.['ApproximateReceiveCount']], ['in flight', '2']);
  assert.deepEqual(
    (await after.receive('third')).map(message => message.Body),
    ['waiting'],
  );
  const { Attributes } = await after.sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: after.url('first'), AttributeNames: ['All'] }),
  );
  assert.equal(Attributes?.['VisibilityTimeout'], '7');
  assert.equal(Attributes?.['RedrivePolicy'], undefined);
});

test('a message made visible again at once is delivered again and survives a restart', async t => {
  const dataDir = await tempFolder(t);
  const before = await serve(t, dataDir);
  await before.send('first', 'given back');
  const [message] = await before.receive('first');
  await before.release('first', message?.ReceiptHandle);
  await before.server.stop();
  const after = await serve(t, dataDir);
  const [again] = await after.receive('first');
  assert.deepEqual([again?.Body, again?.Attributes?.['ApproximateReceiveCount']], ['given back', '2']);
});

test('the ladder gives each queue the next one, its retention and six times the timeout of its reader', () => {
  const spec = { handler: 'x.ts', timeout_seconds: 10, memory_mb: 128 };
  const made = queuesOf(
    {
      levels: [
        { level: 0, name: 'a', queue: 'work', max_receive_count: 3, retention_days: 4 },
        { level: 1, name: 'b', queue: 'dead', max_receive_count: null, retention_days: 14 },
      ],
    },
    { reader: { ...spec, sqs: [{ queue: 'work', batch_size: 10 }] }, other: spec },
  );
  assert.deepEqual(made, [
    {
      name: 'work',
      visibilityTimeoutSeconds: 60,
      retentionDays: 4,
      redrive: { queue: 'dead', maxReceiveCount: 3 },
    },
    { name: 'dead', visibilityTimeoutSeconds: 30, retentionDays: 14, redrive: null },
  ]);
});
