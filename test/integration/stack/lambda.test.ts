import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildFunctions } from '../../../infra/build.ts';
import { startLambdaHost } from '../../../infra/local/lambda/host.ts';
import type { FunctionSpecs } from '../../../infra/local/manifest.ts';
import { queuesOf } from '../../../infra/local/sqs/queues.ts';
import { startSqs } from '../../../infra/local/sqs.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const fixture = (name: string) => `test/integration/stack/fixtures/${name}.ts`;
const work = [{ queue: 'work', batch_size: 10, maximum_concurrency: 2 }];
const functions: FunctionSpecs = {
  probe: { handler: fixture('probe'), timeout_seconds: 0.5, memory_mb: 128, sqs: work },
  // The same with all the time that a busy machine may need.
  patient: { handler: fixture('probe'), timeout_seconds: 60, memory_mb: 128 },
  broken: { handler: fixture('broken'), timeout_seconds: 1, memory_mb: 128 },
};
const ladder = {
  levels: [
    { level: 0, name: 'work', queue: 'work', max_receive_count: 2, retention_days: 4 },
    { level: 1, name: 'dead', queue: 'dead', max_receive_count: null, retention_days: 14 },
  ],
};

let buildDir = '';
before(async () => {
  buildDir = join(tmpdir(), `jr-test-build-${process.pid}`);
  await buildFunctions(undefined, { functions, outDir: buildDir });
});
after(async () => {
  await rm(buildDir, { recursive: true, force: true });
});

interface Note {
  readonly messageId: string;
  readonly body: string;
  readonly pid: number;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What a response says; its form is what the test is about. */
async function json<T = Record<string, unknown>>(response: Response): Promise<T> {
  return (await response.json()) as T;
}

interface Answer {
  readonly event: unknown;
  readonly invocations: number;
  readonly remaining: number;
  readonly pid: number;
  readonly context: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

interface Failed {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace: readonly string[];
}

interface Depth {
  readonly messages: { readonly ready: unknown[]; readonly inflight: unknown[] };
}

/** A queue, its dead letter queue and the functions; messages come back after a second. */
async function host(t: TestContext, visibilityTimeoutSeconds = 1) {
  const stateDir = await tempFolder(t);
  const probeDir = join(stateDir, 'probe');
  const start = async () => {
    const sqs = await startSqs({
      dataDir: join(stateDir, 'sqs'),
      port: 0,
      queues: queuesOf(ladder, functions, visibilityTimeoutSeconds),
      durable: false,
    });
    t.after(() => sqs.stop());
    const lambda = await startLambdaHost({
      functions,
      buildDir,
      stateDir,
      port: 0,
      variables: { PROBE_DIR: probeDir },
      asyncWaitsMilliseconds: [50, 50],
    });
    const client = new SQSClient({
      endpoint: sqs.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    let stopped = false;
    const stop = async (grace?: number) => {
      if (stopped) return;
      stopped = true;
      await lambda.stop(grace);
      client.destroy();
      await sqs.stop();
    };
    t.after(() => stop(0));
    return {
      sqs,
      lambda,
      stop,
      send: (order: object) =>
        client.send(
          new SendMessageCommand({ QueueUrl: sqs.queues['work'], MessageBody: JSON.stringify(order) }),
        ),
      sendBatch: (orders: readonly object[]) =>
        client.send(
          new SendMessageBatchCommand({
            QueueUrl: sqs.queues['work'],
            Entries: orders.map((order, index) => ({
              Id: String(index),
              MessageBody: JSON.stringify(order),
            })),
          }),
        ),
      /** [visible, in flight] */
      depth: async (name: string) => {
        const response = await fetch(`${sqs.endpoint}/_fauxqs/queues/${name}`);
        const { messages } = await json<Depth>(response);
        return [messages.ready.length, messages.inflight.length];
      },
      empty: (name: string) =>
        until(async () => {
          const response = await fetch(`${sqs.endpoint}/_fauxqs/queues/${name}`);
          const { messages } = await json<Depth>(response);
          return messages.ready.length + messages.inflight.length === 0;
        }),
      call: (name: string, payload: unknown, headers: Record<string, string> = {}) =>
        fetch(`${lambda.endpoint}/2015-03-31/functions/${name}/invocations`, {
          method: 'POST',
          headers,
          body: typeof payload === 'string' ? payload : JSON.stringify(payload),
        }),
    };
  };
  /** What the probe noted under a name, oldest first. */
  const notes = async (name: string): Promise<Note[]> => {
    const files = (await readdir(probeDir).catch(() => []))
      .filter(file => file.startsWith(`${name}-`))
      .sort();
    const texts = await Promise.all(
      files.map(file => readFile(join(probeDir, file), 'utf8').catch(() => '')),
    );
    return texts.filter(text => text.endsWith('}')).map(text => JSON.parse(text));
  };
  const seen = (name: string, count: number) =>
    until(async () => {
      const found = await notes(name);
      return found.length >= count && found;
    });
  return { stateDir, start, notes, seen };
}

// Most of their time is waiting for timeouts, so they wait together.
describe('the Lambda host', { concurrency: 4 }, () => {
  test('a handler gets the context and the environment of Lambda, and is warm the second time', async t => {
    const { start } = await host(t);
    const { call } = await start();
    const first = await call('probe', { n: 1 }, { 'x-amz-log-type': 'Tail' });
    assert.equal(first.status, 200);
    assert.equal(first.headers.get('x-amz-function-error'), null);
    const answer = await json<Answer>(first);
    assert.deepEqual(answer.event, { n: 1 });
    assert.equal(answer.context['awsRequestId'], first.headers.get('x-amzn-requestid'));
    assert.equal(answer.context['functionName'], 'probe');
    assert.equal(
      answer.context['invokedFunctionArn'],
      'arn:aws:lambda:us-east-1:000000000000:function:probe',
    );
    assert.equal(answer.context['memoryLimitInMB'], '128');
    assert.ok(answer.remaining > 200 && answer.remaining <= 500, `remaining ${answer.remaining}`);
    assert.equal(answer.env['AWS_LAMBDA_FUNCTION_NAME'], 'probe');
    assert.equal(answer.env['AWS_EXECUTION_ENV'], 'AWS_Lambda_nodejs24.x');
    assert.match(
      Buffer.from(first.headers.get('x-amz-log-result') ?? '', 'base64').toString(),
      new RegExp(`probe ${answer.context['awsRequestId']}`),
    );
    const second = await json<Answer>(await call('probe', {}));
    assert.deepEqual([second.invocations, second.pid], [2, answer.pid]);
  });

  test('Invoke answers as Lambda does: unknown function, no JSON, dry run, ARN, errors of the function', async t => {
    const { start } = await host(t);
    const { call, lambda } = await start();
    const unknown = await call('nope', {});
    assert.equal(unknown.status, 404);
    assert.equal(unknown.headers.get('x-amzn-errortype'), 'ResourceNotFoundException');
    assert.match(
      String((await json(unknown))['Message']),
      /^Function not found: arn:aws:lambda:.*:function:nope$/,
    );
    const noJson = await call('probe', '{"a":');
    assert.deepEqual(
      [noJson.status, noJson.headers.get('x-amzn-errortype')],
      [400, 'InvalidRequestContentException'],
    );
    assert.equal((await call('probe', {}, { 'x-amz-invocation-type': 'DryRun' })).status, 204);
    assert.equal(
      (await call('arn:aws:lambda:us-east-1:000000000000:function:probe:$LATEST', {})).status,
      200,
    );
    const failed = await call('probe', { do: 'throw' });
    assert.deepEqual([failed.status, failed.headers.get('x-amz-function-error')], [200, 'Unhandled']);
    const { errorType, errorMessage, trace } = await json<Failed>(failed);
    assert.deepEqual([errorType, errorMessage], ['ProbeError', 'told to throw']);
    assert.match(trace.join('\n'), /probe\.ts/, 'the stack trace names the source, not the bundle');
    await assert.rejects(lambda.invoke('nope', '{}'), /There is no function nope/);
  });

  test('a timeout, an exit and a full memory end the process, and the next event finds a new one', async t => {
    const { start } = await host(t);
    const { call } = await start();
    const pids = new Set<number>();
    for (const [name, order, type, message] of [
      ['probe', 'hang', 'Sandbox.Timedout', /Task timed out after 0.50 seconds/],
      ['patient', 'exit', 'Runtime.ExitError', /Runtime exited with error: exit status 7/],
      [
        'patient',
        'eat-memory',
        'Runtime.ExitError',
        /Runtime exited with error: signal: SIG(ABRT|TRAP|KILL)/,
      ],
    ] as const) {
      const dead = (await json<Answer>(await call(name, {}))).pid;
      const answer = await call(name, { do: order });
      assert.equal(answer.headers.get('x-amz-function-error'), 'Unhandled', order);
      const { errorType, errorMessage } = await json<Failed>(answer);
      assert.equal(errorType, type);
      assert.match(errorMessage, message);
      assert.throws(() => process.kill(dead, 0), /ESRCH/, `${order}: the process is gone before the answer`);
      pids.add(dead).add((await json<Answer>(await call(name, {}))).pid);
    }
    // probe, its successor; patient, its successor, and the successor of that one.
    assert.equal(pids.size, 5);
  });

  test('a bundle that cannot be loaded says why, each time, and others go on', async t => {
    const { start, stateDir } = await host(t);
    const { call } = await start();
    for (const _ of [1, 2]) {
      const answer = await call('broken', {});
      assert.equal(answer.headers.get('x-amz-function-error'), 'Unhandled');
      assert.match((await json<Failed>(answer)).errorMessage, /broken on purpose/);
    }
    assert.equal((await call('probe', {})).headers.get('x-amz-function-error'), null);
    assert.match(await readFile(join(stateDir, 'log/broken.log'), 'utf8'), /broken on purpose/);
  });

  test('an asynchronous invocation is tried three times, and one that a kill cut off is taken up again', async t => {
    const { start, seen, stateDir } = await host(t);
    const first = await start();
    const headers = { 'x-amz-invocation-type': 'Event' };
    assert.equal((await first.call('probe', { do: 'throw' }, headers)).status, 202);
    await seen('invoke', 3);
    await until(async () => (await readdir(join(stateDir, 'lambda/events'))).length === 0);
    await first.call('probe', { do: 'hang' }, headers);
    await seen('invoke', 4);
    await first.stop(0);
    const second = await start();
    second.lambda.startPolling(second.sqs);
    await seen('invoke', 5);
  });

  test('messages arrive in batches, in the form of AWS, and are deleted when the function returns', async t => {
    const { start, seen } = await host(t);
    const { sqs, lambda, sendBatch, empty } = await start();
    await sendBatch(Array.from({ length: 10 }, (_, n) => ({ n })));
    lambda.startPolling(sqs);
    await seen('message', 10);
    await empty('work');
    const [batch] = await seen('batch', 1);
    const { Records } = batch as unknown as { Records: Record<string, unknown>[] };
    assert.equal(Records.length, 10);
    const [record = {}] = Records;
    assert.deepEqual(
      [record['eventSource'], record['eventSourceARN'], record['awsRegion'], record['messageAttributes']],
      ['aws:sqs', 'arn:aws:sqs:us-east-1:000000000000:work', 'us-east-1', {}],
    );
    assert.equal((record['attributes'] as Record<string, string>)['ApproximateReceiveCount'], '1');
  });

  test('a partial failure keeps only what failed; received too often it moves to the next queue', async t => {
    const { start, seen, notes } = await host(t);
    const { sqs, lambda, sendBatch, empty, depth } = await start();
    await sendBatch([{ name: 'good' }, { name: 'bad', do: 'fail' }]);
    lambda.startPolling(sqs);
    const bad = await seen('bad', 2);
    assert.deepEqual(
      bad.map(note => note.attributes['ApproximateReceiveCount']),
      ['1', '2'],
    );
    // Both queues tell that the good one was deleted; how often it was delivered before, SQS promises nothing about.
    await empty('work');
    assert.deepEqual(await depth('dead'), [1, 0]);
    assert.notEqual((await notes('good')).length, 0);
  });

  test('an answer that is malformed or names a foreign message fails the whole batch', async t => {
    const { start, seen, notes } = await host(t);
    const { sqs, lambda, sendBatch, empty, depth } = await start();
    await sendBatch([{ name: 'one', do: 'malformed' }]);
    lambda.startPolling(sqs);
    await seen('one', 2);
    await empty('work');
    await sendBatch([{ name: 'two', do: 'unknown-id' }]);
    await seen('two', 2);
    await empty('work');
    assert.deepEqual(await depth('dead'), [2, 0]);
    assert.equal((await notes('one')).length + (await notes('two')).length, 4);
  });

  test('a batch that is timed out or crashes comes back to a new process after the visibility timeout', async t => {
    const { start, seen } = await host(t);
    const { sqs, lambda, send, empty, depth } = await start();
    lambda.startPolling(sqs);
    await send({ name: 'crash', do: 'exit' });
    const crashes = await seen('crash', 2);
    await send({ name: 'slow', do: 'hang' });
    await seen('slow', 2);
    assert.notEqual(crashes[0]?.pid, crashes[1]?.pid);
    await empty('work');
    assert.deepEqual(await depth('dead'), [2, 0]);
  });

  test('when the host is killed a function ends by itself, also one that waits for ever', async t => {
    const { stateDir, seen } = await host(t);
    const module = new URL('../../../infra/local/lambda/host.ts', import.meta.url).href;
    const settings = {
      functions: { probe: { handler: '', timeout_seconds: 60, memory_mb: 128 } },
      buildDir,
      stateDir,
      port: 0,
      variables: { PROBE_DIR: join(stateDir, 'probe') },
    };
    const script = `const { startLambdaHost } = await import(${JSON.stringify(module)});
      const host = await startLambdaHost(${JSON.stringify(settings)});
      await host.invoke('probe', '{"do":"hang"}');`;
    const killed = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    const [{ pid }] = (await seen('invoke', 1)) as [Note]; // one at least, as asked
    killed.kill('SIGKILL');
    await until(async () => {
      const { stdout } = await promisify(execFile)('ps', ['-o', 'stat=', '-p', String(pid)]).catch(() => ({
        stdout: '',
      }));
      return stdout === '' || stdout.startsWith('Z');
    });
  });

  test('a graceful stop lets the running batch finish and takes no other', async t => {
    const { start, seen, notes } = await host(t, 30);
    const first = await start();
    first.lambda.startPolling(first.sqs);
    await first.send({ name: 'running', do: 'sleep', ms: 300 });
    await seen('running', 1);
    const stopping = first.stop();
    await stopping;
    const second = await start();
    assert.deepEqual(await second.depth('work'), [0, 0], 'the finished message was deleted');
    assert.equal((await notes('running')).length, 1);
  });
});

test('an idle, warm function sees a message nearly as fast as an invocation', async t => {
  const { start, seen } = await host(t);
  const { sqs, lambda, send, call } = await start();
  lambda.startPolling(sqs);
  await send({ name: 'cold' });
  await seen('cold', 1);
  const messages: number[] = [];
  const invocations: number[] = [];
  for (const name of ['w1', 'w2', 'w3', 'w4', 'w5']) {
    const sent = performance.now();
    await send({ name });
    await seen(name, 1);
    messages.push(performance.now() - sent);
    const called = performance.now();
    await call('probe', {});
    invocations.push(performance.now() - called);
  }
  const median = (times: number[]) => times.toSorted((a, b) => a - b)[2] ?? 0;
  // A poll that slept a second between looks would be a hundred times as long. Both are measured on the same busy machine.
  const ratio = median(messages) / median(invocations);
  assert.ok(ratio < 25, `${ratio.toFixed(1)} times an invocation: ${messages} against ${invocations}`);
});
