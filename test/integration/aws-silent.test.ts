// A network without a way to a service of AWS, or a service that takes a request and never answers.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { answerInTime } from '../../shared/answer-in-time.ts';
import { composeAssignment, composeLadder } from '../../shared/compose.ts';
import { readBaseConfig, readLadderConfig } from '../../shared/config.ts';

/** Of a sweep. */
const functionSeconds = 60;

const arn = (service: string, name: string) => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const queueUrl = 'http://127.0.0.1/000000000000/q';
const environment = {
  TASKS_QUEUE_URL: queueUrl,
  TASKS_QUEUE_ARN: arn('sqs', 'q'),
  COUNCIL_QUEUE_URL: queueUrl,
  SCHEDULER_ROLE_ARN: arn('iam', 'role/r'),
  FUNCTION_ARN_PREFIX: arn('lambda', 'function:jr-'),
  TPM_TOPIC_ARN: arn('sns', 'tpm'),
  COUNCIL_TOPIC_ARN: arn('sns', 'council'),
  OPERATIONS_TOPIC_ARN: arn('sns', 'operations'),
  ENGINEERING_LEAD_TOPIC_ARN: arn('sns', 'lead'),
  DATABASE_SECRET_ARN: arn('secretsmanager', 'secret:s'),
};

/** So often the loop of events turns until a question has surely come out of the process, and in far below a minute. */
const mostTurns = 1_000_000;

test('a service that never answers is given up in time, so that the rest of a sweep is done', async t => {
  let asked = 0;
  const silent = createServer(() => {
    asked += 1;
  });
  await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    silent.closeAllConnections();
    silent.close();
  });
  // Of a server that listens on a port, as the lines above make it.
  const { port } = silent.address() as AddressInfo;
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
  });
  const endpoint = `http://127.0.0.1:${port}`;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const env = { ...environment, AWS_ENDPOINT_URL_SQS: endpoint };
  const ladder = composeLadder(readLadderConfig(env), 'dlq-retry');
  const assignment = composeAssignment(readBaseConfig(env), 'auto-assign');
  const at = new Date('2026-03-01T12:00:00Z');
  const calls: Record<string, () => Promise<unknown>> = {
    'ring a bell': () => ladder.queue.ring([{ taskId: 1, delaySeconds: 0 }]),
    'read dead letters': () => ladder.deadLetters.receive(),
    'count the queue': () => assignment.queueDepth(),
    'set a schedule': () => ladder.wakeUps.set({ name: 'w', functionName: 'dlq-retry', payload: {}, at }),
    'tell people': () => ladder.notifier.publish({ id: '1', target: 'TPM', subject: 's', text: 't' }),
    'read the login': () => postgresLedger(ladder.pool).findHalfWritten([1]),
  };
  const { connectionTimeout, requestTimeout } = answerInTime.requestHandler;
  assert.ok(3 * (connectionTimeout + requestTimeout) < 25_000, 'and there is time for the rest');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (const [name, call] of Object.entries(calls)) {
    const askedBefore = asked;
    let given: 'not' | 'answered' | 'up' = 'not';
    call().then(
      () => {
        given = 'answered';
      },
      () => {
        given = 'up';
      },
    );
    // One that ended, or has not come out after so many turns, asks no more.
    for (let turns = 0; asked === askedBefore && given === 'not' && turns < mostTurns; turns += 1)
      await setImmediate();
    assert.ok(asked > askedBefore, `${name}: never asked`);
    for (let tenths = 0; given === 'not' && tenths < functionSeconds * 10; tenths += 1) {
      t.mock.timers.tick(100);
      // What follows a time that has passed is real: a socket is closed, another one opened.
      for (let turns = 0; turns < 20; turns += 1) await setImmediate();
    }
    assert.equal(given, 'up', name);
    assert.ok(asked - askedBefore <= 3, `${name}: asked ${asked - askedBefore} times`);
  }
});
