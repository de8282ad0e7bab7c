// A task in the traces that a collector gets: from who submits it over the queue to its completion.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { SQSRecord } from 'aws-lambda';
import { arrivalMetrics } from '../../functions/dlq-retry/metrics.ts';
import { takeDeadLetters } from '../../functions/dlq-retry/take-dead-letters.ts';
import { batchMetrics } from '../../functions/execute-task/metrics.ts';
import { run } from '../../functions/execute-task/run.ts';
import { createTelemetry, type Telemetry } from '../../shared/adapters/telemetry/telemetry.ts';
import { createTracer } from '../../shared/adapters/telemetry/tracer.ts';
import { JrError } from '../../shared/domain/failure.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import type { Metric, Metrics } from '../../shared/ports/metrics.ts';
import { createExecution, type Execution, ladderOf } from '../support/execution.ts';
import { bell, createDocument, editDocument, submission } from '../support/messages.ts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { recordStatements } from '../support/statements.ts';

let execution: Execution;
let receiver: OtlpReceiver;
let telemetry: Telemetry;
const published: Metric[] = [];
const metrics: Metrics = { publish: some => void published.push(...some) };
const remote = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = `00-${remote.traceId}-${remote.spanId}-01`;

before(async () => {
  execution = await createExecution();
  receiver = await startOtlpReceiver();
  telemetry = createTelemetry('execute-task', { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint }, metrics);
});
after(async () => {
  receiver.close();
  await execution.close();
});
beforeEach(() => {
  receiver.spans.length = 0;
  receiver.requests.length = 0;
  published.length = 0;
});

/** A message as the event source hands it over; `traceparent` is its attribute. */
function record({ messageId, body }: QueueMessage, traceparent: string | null): SQSRecord {
  return {
    messageId,
    body,
    receiptHandle: '',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(execution.now.getTime() - 250),
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes:
      traceparent === null ? {} : { traceparent: { stringValue: traceparent, dataType: 'String' } },
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
    awsRegion: 'us-east-1',
  };
}

/** An invocation as the handler makes it. */
function invoke(records: SQSRecord[], overrides = {}, { observeBatch, tracer } = telemetry) {
  const deps = { ...execution.deps, tracer, ...overrides };
  return observeBatch(
    { awsRequestId: 'request-1' },
    records,
    messages => run({ messages, requestId: 'request-1', remainingMs: () => 60_000 }, deps),
    batchMetrics,
  );
}

/** Each span below its parent, e.g. `execute-task > write > complete`, in the order of their ends. */
function paths(spans: readonly ReceivedSpan[]): string[] {
  const pathOf = ({ name, parentSpanId }: ReceivedSpan): string => {
    const parent = spans.find(({ spanId }) => spanId === parentSpanId);
    return parent === undefined ? name : `${pathOf(parent)} > ${name}`;
  };
  return spans.map(pathOf);
}

describe('the trace of a task', () => {
  test('goes from its submission over claim and plan to write and complete, under one id', async () => {
    const jr = createTracer({
      service: 'jr',
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
      onLost: reason => assert.fail(reason),
    });
    const message = submission(createDocument('traced.txt', 'traced'));
    const sent = await jr.span('submit', async ({ traceparents }) => traceparents[0] ?? null, {
      kind: 'producer',
    });
    await jr.flush();
    assert.partialDeepStrictEqual(await invoke([record(message, sent)]), {
      completed: 1,
      queue_delays_ms: [250],
    });
    assert.deepEqual(
      published.filter(({ value }) => value !== 0),
      [
        { name: 'MessagesReceived', value: 1, unit: 'Count' },
        { name: 'TasksClaimed', value: 1, unit: 'Count' },
        { name: 'TasksCompleted', value: 1, unit: 'Count' },
        { name: 'TaskDuration', value: [0], unit: 'Milliseconds' },
        { name: 'QueueDelay', value: [250], unit: 'Milliseconds' },
      ],
    );
    assert.deepEqual(paths(receiver.spans), [
      'submit',
      'submit > execute-task > claim',
      'submit > execute-task > plan',
      'submit > execute-task > write > complete',
      'submit > execute-task > write',
      'submit > execute-task',
    ]);
    assert.equal(new Set(receiver.spans.map(({ traceId }) => traceId)).size, 1);
    assert.ok(sent?.includes(receiver.spans[0]?.traceId ?? '-'));
    assert.deepEqual(new Set(receiver.spans.map(({ service }) => service)), new Set(['jr', 'execute-task']));
    const [plan] = receiver.spans.filter(({ name }) => name === 'plan');
    assert.deepEqual(plan?.attributes, {
      'jr.task_id': '1',
      'jr.task_key': message.messageId,
      'jr.attempt': '1',
      'jr.epoch': '1',
    });
    assert.partialDeepStrictEqual(
      receiver.spans.find(({ name }) => name === 'execute-task'),
      {
        kind: 5,
        attributes: { 'messaging.message.id': message.messageId, 'faas.invocation_id': 'request-1' },
      },
    );
    for (const span of receiver.spans)
      assert.ok(BigInt(span.startTimeUnixNano) <= BigInt(span.endTimeUnixNano), span.name);
  });

  test('of each task of a batch is its own; who sends none begins one', async () => {
    const messages = ['x', 'y'].map(name => submission(createDocument(`${name}.txt`, name)));
    const [first, second] = messages;
    assert.ok(first !== undefined && second !== undefined);
    await invoke([record(first, traceparent), record(second, null)]);
    const own = receiver.spans.filter(({ traceId }) => traceId === remote.traceId);
    const other = receiver.spans.filter(({ traceId }) => traceId !== remote.traceId);
    const names = ['claim', 'plan', 'complete', 'write', 'execute-task'];
    assert.deepEqual(
      own.map(({ name }) => name),
      names,
    );
    assert.deepEqual(
      other.map(({ name }) => name),
      names,
    );
    assert.equal(own.at(-1)?.parentSpanId, remote.spanId);
    assert.equal(other.at(-1)?.parentSpanId, undefined);
    assert.equal(receiver.requests.length, 1, 'one request an invocation');
  });

  test('goes on in the retry: its bell carries it', async () => {
    const document = submission(createDocument('flaky.txt', 'x'));
    const workspace = {
      ...execution.deps.workspace,
      load: () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is away.')),
    };
    execution.rung.length = 0;
    assert.partialDeepStrictEqual(await invoke([record(document, traceparent)], { workspace }), {
      failed: 1,
    });
    const [retry] = execution.rung;
    assert.ok(retry !== undefined);
    const [attempt] = receiver.spans.filter(({ name }) => name === 'execute-task');
    assert.equal(retry.traceparent, `00-${remote.traceId}-${attempt?.spanId}-01`);
    assert.equal(
      execution.logged.findLast(({ event }) => event === 'attempt.ended')?.fields['error_code'],
      'WORKSPACE_IO',
    );
    execution.now = new Date(execution.now.getTime() + retry.delaySeconds * 1000);
    await invoke([record(bell(retry.taskId), retry.traceparent ?? null)]);
    assert.ok(receiver.spans.every(({ traceId }) => traceId === remote.traceId));
    const attempts = receiver.spans.map(({ attributes }) => attributes['jr.attempt']);
    assert.ok(attempts.includes('1') && attempts.includes('2'));
  });

  test('goes on over the ladder, when SQS has given its message up', async () => {
    const { deps } = ladderOf(execution);
    const given = submission(createDocument('given-up.txt', 'x'));
    execution.rung.length = 0;
    const summary = await telemetry.observeBatch(
      { awsRequestId: 'request-2' },
      [record(given, traceparent)],
      messages => takeDeadLetters(messages, 1, { ...deps, tracer: telemetry.tracer }),
      arrivalMetrics,
    );
    assert.partialDeepStrictEqual(summary, { received: 1, retrying: 1 });
    assert.deepEqual(paths(receiver.spans), ['execute-task > ladder', 'execute-task']);
    assert.match(execution.rung[0]?.traceparent ?? '', new RegExp(`^00-${remote.traceId}-`));
    assert.ok(published.some(({ name, value }) => name === 'DeadLettersRetried' && value === 1));
  });

  test('shows what failed, without secrets', async () => {
    const ledger = {
      ...execution.deps.ledger,
      claimTasks: () => Promise.reject(new Error('no postgres://jr:hunter22@db/jr')),
    };
    await assert.rejects(invoke([record(submission(editDocument('a', 'b', 'c')), traceparent)], { ledger }));
    const [claim, invocation] = receiver.spans;
    assert.deepEqual(claim?.status, { code: 2, message: 'no postgres://jr:[redacted]@db/jr' });
    assert.equal(invocation?.status.code, 2);
  });

  test('that its sender does not record is not recorded', async () => {
    const unsampled = traceparent.replace(/01$/, '00');
    await invoke([record(submission(createDocument('quiet.txt', 'x')), unsampled)]);
    assert.deepEqual(receiver.requests, []);
  });
});

describe('without a collector', () => {
  test('trace contexts are handed on, and the ledger gets the same statements', async () => {
    const quiet = createTelemetry('execute-task', {}, metrics);
    const statements = (of: Telemetry, name: string) =>
      recordStatements(() => invoke([record(submission(createDocument(name, 'x')), traceparent)], {}, of));
    assert.deepEqual(await statements(quiet, 'u.txt'), await statements(telemetry, 't.txt'));
    let handed: readonly (string | null)[] = [];
    await quiet.observeBatch({ awsRequestId: 'r' }, [record(bell(4711), traceparent)], async messages => {
      handed = messages.map(message => message.traceparent ?? null);
    });
    assert.deepEqual(handed, [traceparent]);
  });

  test('one that is away or refuses costs the spans and not the work', async () => {
    const refusing = await startOtlpReceiver({ status: 503 });
    const lost: string[] = [];
    for (const collector of ['refuses', 'is away']) {
      if (collector === 'is away') refusing.close();
      const env = {
        OTEL_EXPORTER_OTLP_ENDPOINT: `${refusing.endpoint}/`,
        OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc,x-tenant=jr',
      };
      const tracer = createTracer({ service: 'jr', env, onLost: reason => lost.push(reason) });
      assert.equal(await tracer.span('work', async () => 'done'), 'done');
      await tracer.flush();
    }
    assert.match(lost[0] ?? '', /\/v1\/traces answered 503/);
    assert.match(lost[1] ?? '', /\/v1\/traces could not be reached: .*ECONN/);
    assert.equal(refusing.requests[0]?.url, '/v1/traces');
    assert.partialDeepStrictEqual(refusing.requests[0]?.headers, {
      authorization: 'Basic abc',
      'x-tenant': 'jr',
    });
  });
});
