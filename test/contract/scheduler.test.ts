/** The Scheduler endpoint against the real SDK; the clock stands still unless a test moves it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  ConflictException,
  CreateScheduleCommand,
  CreateScheduleGroupCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListScheduleGroupsCommand,
  ListSchedulesCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { startScheduler } from '../../infra/local/scheduler/server.ts';
import { tempFolder } from '../support/temp-folder.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:dlq-retry';
const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:jr-tasks';
const ROLE = 'arn:aws:iam::000000000000:role/scheduler';
const NOON = Date.parse('2026-08-01T12:00:00Z');
const MINUTE = 60_000;

interface Sent {
  readonly arn: string;
  readonly input: string;
}

async function scheduler(t: TestContext) {
  const folder = await tempFolder(t);
  /** Each look moves it by `step` milliseconds. */
  const clock = { now: NOON, step: 0 };
  const sent: Sent[] = [];
  const target: { refuses: string | null } = { refuses: null };
  const start = async () => {
    const server = await startScheduler({
      port: 0,
      file: join(folder, 'scheduler.db'),
      now: () => {
        clock.now += clock.step;
        return clock.now;
      },
      deliver: async (arn, input) => {
        if (target.refuses === arn) throw new Error('told to refuse');
        sent.push({ arn, input });
      },
    });
    let stopped = false;
    const stop = async () => {
      if (stopped) return;
      stopped = true;
      await server.stop();
    };
    t.after(stop);
    const client = new SchedulerClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    t.after(() => client.destroy());
    const tick = (now: number) => {
      clock.now = now;
      return server.tick();
    };
    return { client, tick, stop };
  };
  return { start, sent, target, clock, ...(await start()) };
}

function input(more: Partial<CreateScheduleInput> = {}): CreateScheduleInput {
  return {
    Name: 'deadline-17',
    ScheduleExpression: 'at(2026-08-01T12:05:00)',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: FUNCTION, RoleArn: ROLE, Input: '{"entry":17}' },
    ...more,
  };
}

test('a schedule is created, read, changed, listed and deleted', async t => {
  const { client } = await scheduler(t);
  const start = new Date('2026-08-02T00:00:00Z');
  const { ScheduleArn } = await client.send(
    new CreateScheduleCommand(
      input({
        ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
        ScheduleExpressionTimezone: 'Europe/Berlin',
        StartDate: start,
        Description: 'why not',
        FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
        Target: { Arn: QUEUE, RoleArn: ROLE, RetryPolicy: { MaximumRetryAttempts: 3 } },
      }),
    ),
  );
  assert.equal(ScheduleArn, 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/deadline-17');
  const { $metadata: _, ...read } = await client.send(new GetScheduleCommand({ Name: 'deadline-17' }));
  assert.deepEqual(read, {
    Arn: ScheduleArn,
    Name: 'deadline-17',
    GroupName: 'default',
    ScheduleExpression: 'cron(0 9 ? * MON-FRI *)',
    ScheduleExpressionTimezone: 'Europe/Berlin',
    StartDate: start,
    Description: 'why not',
    State: 'ENABLED',
    ActionAfterCompletion: 'NONE',
    CreationDate: new Date(NOON),
    LastModificationDate: new Date(NOON),
    FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 },
    Target: { Arn: QUEUE, RoleArn: ROLE, RetryPolicy: { MaximumRetryAttempts: 3 } },
  });
  await client.send(new UpdateScheduleCommand(input({ State: 'DISABLED' })));
  const changed = await client.send(new GetScheduleCommand({ Name: 'deadline-17' }));
  assert.deepEqual(
    [changed.State, changed.Description, changed.Target?.Arn],
    ['DISABLED', undefined, FUNCTION],
  );
  const { Schedules } = await client.send(
    new ListSchedulesCommand({ NamePrefix: 'dead', State: 'DISABLED' }),
  );
  assert.deepEqual(
    Schedules?.map(({ Name, Target }) => [Name, Target]),
    [['deadline-17', { Arn: FUNCTION }]],
  );
  await client.send(new DeleteScheduleCommand({ Name: 'deadline-17' }));
  await assert.rejects(
    client.send(new GetScheduleCommand({ Name: 'deadline-17' })),
    ResourceNotFoundException,
  );
});

test('refusals have the types of AWS and name what is wrong', async t => {
  const { client } = await scheduler(t);
  await client.send(new CreateScheduleCommand(input({ ClientToken: 'first' })));
  await client.send(new CreateScheduleCommand(input({ ClientToken: 'first' })));
  await assert.rejects(client.send(new CreateScheduleCommand(input())), (error: unknown) => {
    assert.ok(error instanceof ConflictException);
    assert.equal(error.message, 'Schedule deadline-17 already exists.');
    return true;
  });
  for (const command of [
    new GetScheduleCommand({ Name: 'nope' }),
    new DeleteScheduleCommand({ Name: 'nope' }),
    new UpdateScheduleCommand(input({ Name: 'nope' })),
  ]) {
    // Each of the three is a command of this client; the union alone is what its `send` cannot overload on.
    await assert.rejects(client.send(command as GetScheduleCommand), (error: unknown) => {
      assert.ok(error instanceof ResourceNotFoundException);
      assert.equal(error.message, 'Schedule nope does not exist.');
      return true;
    });
  }
  await assert.rejects(
    client.send(new CreateScheduleCommand(input({ Name: 'x', GroupName: 'nope' }))),
    /ResourceNotFoundException: Schedule group nope does not exist/,
  );
  const invalid: [Partial<CreateScheduleInput>, RegExp][] = [
    [{ Name: 'no spaces' }, /'no spaces' at 'name' failed to satisfy constraint/],
    [{ ScheduleExpression: 'rate(1 minutes)' }, /Invalid Schedule Expression rate\(1 minutes\)\./],
    [{ ScheduleExpressionTimezone: 'Mars' }, /ScheduleExpressionTimezone Mars is not valid/],
    [{ FlexibleTimeWindow: { Mode: 'FLEXIBLE' } }, /'flexibleTimeWindow.maximumWindowInMinutes'/],
    [{ Target: { Arn: FUNCTION, RoleArn: undefined } }, /'target.roleArn'/],
    [
      { Target: { Arn: 'arn:aws:ecs:us-east-1:000000000000:cluster/x', RoleArn: ROLE } },
      /'target.arn'.*Lambda/,
    ],
    [{ StartDate: new Date(2), EndDate: new Date(1) }, /StartDate you specify must come before the EndDate/],
  ];
  for (const [wrong, message] of invalid) {
    await assert.rejects(
      client.send(new CreateScheduleCommand(input({ Name: 'x', ...wrong }))),
      (error: unknown) => {
        assert.ok(error instanceof ValidationException, String(error));
        assert.match(error.message, message);
        return true;
      },
    );
  }
});

test('groups hold schedules of the same name apart and take them along when they go', async t => {
  const { client } = await scheduler(t);
  await client.send(new CreateScheduleGroupCommand({ Name: 'jr' }));
  await assert.rejects(client.send(new CreateScheduleGroupCommand({ Name: 'jr' })), ConflictException);
  await client.send(new CreateScheduleCommand(input()));
  await client.send(new CreateScheduleCommand(input({ GroupName: 'jr' })));
  const { Schedules } = await client.send(new ListSchedulesCommand({ GroupName: 'jr' }));
  assert.deepEqual(
    Schedules?.map(({ Arn }) => Arn),
    ['arn:aws:scheduler:us-east-1:000000000000:schedule/jr/deadline-17'],
  );
  const { ScheduleGroups } = await client.send(new ListScheduleGroupsCommand({}));
  assert.deepEqual(
    ScheduleGroups?.map(({ Name, State }) => [Name, State]),
    [
      ['default', 'ACTIVE'],
      ['jr', 'ACTIVE'],
    ],
  );
  await client.send(new DeleteScheduleGroupCommand({ Name: 'jr' }));
  await assert.rejects(client.send(new GetScheduleGroupCommand({ Name: 'jr' })), ResourceNotFoundException);
  await assert.rejects(
    client.send(new GetScheduleCommand({ Name: 'deadline-17', GroupName: 'jr' })),
    ResourceNotFoundException,
  );
  assert.equal((await client.send(new GetScheduleCommand({ Name: 'deadline-17' }))).Name, 'deadline-17');
});

test('a list comes in pages', async t => {
  const { client } = await scheduler(t);
  for (const n of [1, 2, 3, 4, 5]) await client.send(new CreateScheduleCommand(input({ Name: `s${n}` })));
  const names: (string | undefined)[][] = [];
  let token: string | undefined;
  do {
    const answer = await client.send(new ListSchedulesCommand({ MaxResults: 2, NextToken: token }));
    names.push(answer.Schedules?.map(({ Name }) => Name) ?? []);
    token = answer.NextToken;
  } while (token !== undefined);
  assert.deepEqual(names, [['s1', 's2'], ['s3', 's4'], ['s5']]);
});

test('an at() fires once, and is deleted afterwards when told so', async t => {
  const { client, tick, sent } = await scheduler(t);
  await client.send(new CreateScheduleCommand(input({ Name: 'stays' })));
  await client.send(new CreateScheduleCommand(input({ Name: 'goes', ActionAfterCompletion: 'DELETE' })));
  await client.send(new CreateScheduleCommand(input({ Name: 'off', State: 'DISABLED' })));
  await tick(NOON + 5 * MINUTE - 1);
  assert.deepEqual(sent, []);
  await tick(NOON + 5 * MINUTE);
  await tick(NOON + 99 * MINUTE);
  assert.deepEqual(sent, Array(2).fill({ arn: FUNCTION, input: '{"entry":17}' }));
  await client.send(new GetScheduleCommand({ Name: 'stays' }));
  await assert.rejects(client.send(new GetScheduleCommand({ Name: 'goes' })), ResourceNotFoundException);
});

test('an at() that lies in the past fires at once; a changed one fires at its new time only', async t => {
  const { client, tick, sent } = await scheduler(t);
  await client.send(new CreateScheduleCommand(input({ ScheduleExpression: 'at(2026-08-01T11:00:00)' })));
  await tick(NOON);
  assert.equal(sent.length, 1);
  await client.send(new CreateScheduleCommand(input({ Name: 'moved' })));
  await client.send(
    new UpdateScheduleCommand(input({ Name: 'moved', ScheduleExpression: 'at(2026-08-01T13:00:00)' })),
  );
  await tick(NOON + 10 * MINUTE);
  assert.equal(sent.length, 1);
  await tick(NOON + 60 * MINUTE);
  assert.equal(sent.length, 2);
});

test('a rate fires at once and at each step; what was missed fires once', async t => {
  const { client, tick, sent } = await scheduler(t);
  await client.send(new CreateScheduleCommand(input({ ScheduleExpression: 'rate(1 minute)' })));
  for (const minutes of [0, 0.5, 1, 2, 10, 10.5, 11]) await tick(NOON + minutes * MINUTE);
  assert.equal(sent.length, 5);
});

test('a rate begins at once also when the clock moves while the request is handled', async t => {
  const { client, tick, sent, clock } = await scheduler(t);
  clock.step = 7;
  await client.send(new CreateScheduleCommand(input({ ScheduleExpression: 'rate(1 minute)' })));
  await tick(NOON + 1_000);
  assert.equal(sent.length, 1);
});

test('a recurring schedule that has ended is deleted when told so', async t => {
  const { client, tick, sent } = await scheduler(t);
  const EndDate = new Date(NOON + 2 * MINUTE);
  await client.send(
    new CreateScheduleCommand(
      input({ ScheduleExpression: 'rate(1 minute)', EndDate, ActionAfterCompletion: 'DELETE' }),
    ),
  );
  for (const minutes of [0, 1, 2, 3]) await tick(NOON + minutes * MINUTE);
  assert.equal(sent.length, 3);
  await assert.rejects(
    client.send(new GetScheduleCommand({ Name: 'deadline-17' })),
    ResourceNotFoundException,
  );
});

test('schedules survive a restart; what was due meanwhile fires afterwards, once', async t => {
  const { client, stop, start, sent } = await scheduler(t);
  await client.send(new CreateScheduleCommand(input({ ActionAfterCompletion: 'DELETE' })));
  await client.send(
    new CreateScheduleCommand(input({ Name: 'daily', ScheduleExpression: 'cron(30 12 * * ? *)' })),
  );
  await stop();
  const again = await start();
  await again.tick(NOON + 3 * 24 * 60 * MINUTE);
  await again.tick(NOON + 3 * 24 * 60 * MINUTE + 1);
  assert.equal(sent.length, 2);
  await again.tick(NOON + 3 * 24 * 60 * MINUTE + 30 * MINUTE);
  assert.equal(sent.length, 3);
});

test('a target that refuses is tried again with growing waits; at last the dead letter queue gets the input', async t => {
  const { client, tick, sent, target } = await scheduler(t);
  target.refuses = FUNCTION;
  await client.send(
    new CreateScheduleCommand(
      input({
        ActionAfterCompletion: 'DELETE',
        Target: {
          Arn: FUNCTION,
          RoleArn: ROLE,
          Input: '{"attempt":<aws.scheduler.attempt-number>}',
          RetryPolicy: { MaximumRetryAttempts: 2 },
          DeadLetterConfig: { Arn: QUEUE },
        },
      }),
    ),
  );
  const due = NOON + 5 * MINUTE;
  for (const seconds of [0, 0.5, 1]) await tick(due + seconds * 1_000);
  assert.deepEqual(sent, []);
  await tick(due + 3_000);
  assert.deepEqual(sent, [{ arn: QUEUE, input: '{"attempt":3}' }]);
  await tick(due + 60_000);
  assert.equal(sent.length, 1);
});

test('a target that was away gets the firing when it is back, also after a restart', async t => {
  const { client, tick, stop, start, sent, target } = await scheduler(t);
  target.refuses = FUNCTION;
  await client.send(new CreateScheduleCommand(input()));
  await tick(NOON + 5 * MINUTE);
  await stop();
  target.refuses = null;
  const again = await start();
  await again.tick(NOON + 6 * MINUTE);
  assert.deepEqual(sent, [{ arn: FUNCTION, input: '{"entry":17}' }]);
});

test('context attributes are filled in; without an input the target gets the event of AWS', async t => {
  const { client, tick, sent } = await scheduler(t);
  const Input = '<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time> <aws.scheduler.attempt-number>';
  await client.send(
    new CreateScheduleCommand(input({ Name: 'a', Target: { Arn: QUEUE, RoleArn: ROLE, Input } })),
  );
  await tick(NOON + 5 * MINUTE);
  await client.send(new CreateScheduleCommand(input({ Name: 'b', Target: { Arn: QUEUE, RoleArn: ROLE } })));
  await tick(NOON + 6 * MINUTE);
  const arn = 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/';
  assert.equal(sent[0]?.input, `${arn}a 2026-08-01T12:05:00Z 1`);
  const event = JSON.parse(sent[1]?.input ?? '{}');
  assert.deepEqual(
    [event.source, event['detail-type'], event.time, event.resources],
    ['aws.scheduler', 'Scheduled Event', '2026-08-01T12:05:00Z', [`${arn}b`]],
  );
});
