import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseAfter } from '../../../infra/local/lambda/function-pool.ts';
import { functionNameOf } from '../../../infra/local/lambda/invoke-api.ts';
import { batches, failedMessages, sqsEvent } from '../../../infra/local/lambda/sqs-event.ts';

const arn = 'arn:aws:sqs:us-east-1:000000000000:work';

test('a record has the form of AWS, message attributes in lower case', () => {
  const event = sqsEvent(
    [
      {
        MessageId: 'm1',
        ReceiptHandle: 'r1',
        Body: 'hello',
        MD5OfBody: 'abc',
        MD5OfMessageAttributes: 'def',
        Attributes: { ApproximateReceiveCount: '2' },
        MessageAttributes: {
          traceparent: { DataType: 'String', StringValue: '00-1' },
          blob: { DataType: 'Binary', BinaryValue: new Uint8Array([1, 2]) },
        },
      },
    ],
    arn,
  );
  assert.deepEqual(JSON.parse(event), {
    Records: [
      {
        messageId: 'm1',
        receiptHandle: 'r1',
        body: 'hello',
        attributes: { ApproximateReceiveCount: '2' },
        messageAttributes: {
          traceparent: {
            stringValue: '00-1',
            stringListValues: [],
            binaryListValues: [],
            dataType: 'String',
          },
          blob: { binaryValue: 'AQI=', stringListValues: [], binaryListValues: [], dataType: 'Binary' },
        },
        md5OfBody: 'abc',
        md5OfMessageAttributes: 'def',
        eventSource: 'aws:sqs',
        eventSourceARN: arn,
        awsRegion: 'us-east-1',
      },
    ],
  });
});

test('a batch that would be too large an event becomes several, in order and with nothing lost', () => {
  const messages = Array.from({ length: 10 }, (_, n) => ({ MessageId: `m${n}`, Body: 'x'.repeat(1_000) }));
  const made = batches(messages, arn, 4_000);
  assert.ok(made.length > 2);
  assert.ok(made.every(batch => sqsEvent(batch, arn).length <= 4_000));
  assert.deepEqual(made.flat(), messages);
  assert.deepEqual(
    batches([{ Body: 'x'.repeat(9_000) }], arn, 4_000).length,
    1,
    'one alone is never held back',
  );
});

const ids = ['a', 'b', 'c'];
const answers: [payload: string, failed: string[], why: string][] = [
  ['null', [], 'nothing returned'],
  ['{}', [], 'no list'],
  ['{"batchItemFailures":[]}', [], 'an empty list'],
  ['{"batchItemFailures":null}', [], 'no list, spelt out'],
  ['{"batchItemFailures":[{"itemIdentifier":"b"}]}', ['b'], 'one named'],
  ['{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"b"}]}', ['b'], 'one named twice'],
  ['{"batchItemFailures":[{"itemIdentifier":"x"}]}', ids, 'a stranger'],
  ['{"batchItemFailures":[{"itemIdentifier":""}]}', ids, 'an empty name'],
  ['{"batchItemFailures":[{"itemIdentifier":null}]}', ids, 'no name'],
  ['{"batchItemFailures":[{"messageId":"b"}]}', ids, 'a wrong key'],
  ['{"batchItemFailures":"b"}', ids, 'no list but a word'],
  ['"fine"', ids, 'a word'],
  ['[]', ids, 'a list'],
  ['not json', ids, 'no JSON'],
];
for (const [payload, failed, why] of answers) {
  test(`the answer ${payload} (${why}) keeps ${failed.join(' ') || 'nothing'}`, () => {
    assert.deepEqual([...failedMessages(payload, ids)], failed);
  });
}

test('a bundle that dies again and again is started with growing pauses', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 9, 50].map(pauseAfter), [0, 0, 200, 400, 800, 10_000, 10_000]);
});

test('a function is called by its name, with a qualifier or by ARN', () => {
  for (const name of ['f', 'f:$LATEST', '123:function:f', 'arn:aws:lambda:us-east-1:123:function:f:live']) {
    assert.equal(functionNameOf(name), 'f', name);
  }
});
