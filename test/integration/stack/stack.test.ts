import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { FunctionSpecs } from '../../../infra/local/manifest.ts';
import { StackBusy } from '../../../infra/local/stack/state-lock.ts';
import { type StackOptions, startStack } from '../../../infra/local/stack.ts';
import { OtherMigrationsError } from '../../../shared/adapters/postgres/migrate.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const functions: FunctionSpecs = {
  probe: {
    handler: 'test/integration/stack/fixtures/probe.ts',
    timeout_seconds: 2,
    memory_mb: 128,
    sqs: [{ queue: 'jr-tasks', batch_size: 10 }],
    schedules: [{ expression: 'rate(1 minute)', input: { from: 'schedule' } }],
  },
};

async function setUp(t: TestContext, more: Partial<StackOptions> = {}) {
  let stop = async () => {};
  const stateDir = await tempFolder(t, () => stop());
  const migrated: string[] = [];
  const start = async () => {
    const stack = await startStack({
      stateDir,
      functions,
      buildDir: join(stateDir, 'build'),
      durable: false,
      variables: { PROBE_DIR: join(stateDir, 'probe') },
      migrate: async url => migrated.push(url),
      env: {},
      ...more,
    });
    stop = () => stack.stop();
    return stack;
  };
  const noted = async (name: string) => {
    const files = await readdir(join(stateDir, 'probe')).catch(() => []);
    return files.filter(file => file.startsWith(`${name}-`));
  };
  return { stateDir, start, noted, migrated };
}

test('the whole stack: queue, schedules and functions meet on loopback, and the functions know where all is', async t => {
  const { start, stateDir, noted, migrated } = await setUp(t, {
    env: { WORKSPACE_PREFIXES: '/ganuda:/srv', PROTECTED_PATHS: 'generated/**' },
  });
  const stack = await start();
  const { info } = stack;
  assert.deepEqual(Object.keys(info), [
    'database_url',
    'sqs_endpoint',
    'scheduler_endpoint',
    'lambda_endpoint',
    'queues',
    'workspace',
  ]);
  assert.deepEqual(Object.keys(info.queues), [
    'jr-tasks',
    'jr-dlq-1-retry',
    'jr-dlq-2-tpm',
    'jr-dlq-3-council',
  ]);
  assert.deepEqual(migrated, [info.database_url]);
  assert.equal(info.workspace, join(stateDir, 'workspace'));
  const address = /^(http|postgres):\/\/([^@]*@)?127\.0\.0\.1:\d+/;
  for (const url of [info.database_url, info.sqs_endpoint, info.scheduler_endpoint, info.lambda_endpoint]) {
    assert.match(url, address);
  }

  const answer = await fetch(`${info.lambda_endpoint}/2015-03-31/functions/probe/invocations`, {
    method: 'POST',
  });
  const { env } = (await answer.json()) as { env: Record<string, string> }; // what the probe returns
  const given = Object.entries(env).filter(([name]) =>
    /^(DATABASE|TASKS|COUNCIL|NOTICES|SCHEDULER|FUNCTION_ARN|WORKSPACE|PROTECTED|AWS_(ENDPOINT|REGION|ACCESS|SECRET))/.test(
      name,
    ),
  );
  assert.deepEqual(Object.fromEntries(given), {
    DATABASE_URL: info.database_url,
    TASKS_QUEUE_URL: info.queues['jr-tasks'],
    TASKS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
    COUNCIL_QUEUE_URL: info.queues['jr-dlq-3-council'],
    NOTICES_DIR: join(stateDir, 'notices'),
    SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/local',
    FUNCTION_ARN_PREFIX: 'arn:aws:lambda:us-east-1:000000000000:function:',
    WORKSPACE_DIR: info.workspace,
    WORKSPACE_PREFIXES: '/ganuda:/srv',
    PROTECTED_PATHS: 'generated/**',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_SQS: info.sqs_endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: info.scheduler_endpoint,
    AWS_ENDPOINT_URL_LAMBDA: info.lambda_endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });

  const scheduler = new SchedulerClient({
    endpoint: info.scheduler_endpoint,
    region: 'us-east-1',
    credentials,
  });
  t.after(() => scheduler.destroy());
  await scheduler.send(
    new CreateScheduleCommand({
      Name: 'past',
      ScheduleExpression: 'at(2020-01-01T00:00:00)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
        RoleArn: 'arn:aws:iam::000000000000:role/local',
        Input: '{"name":"by-schedule"}',
      },
    }),
  );
  await until(async () => (await noted('by-schedule')).length === 1);
  // The call above is noted too, before it or after it.
  await until(async () => {
    const files = (await noted('invoke')).map(file => join(stateDir, 'probe', file));
    const events = await Promise.all(files.map(file => readFile(file, 'utf8')));
    return events.some(event => event.includes('"from":"schedule"'));
  });
});

test('a restart keeps addresses, messages and schedules', async t => {
  const { start, noted, stateDir } = await setUp(t);
  const first = await start();
  const sqs = new SQSClient({ endpoint: first.info.sqs_endpoint, region: 'us-east-1', credentials });
  t.after(() => sqs.destroy());
  await until(async () => (await noted('invoke')).length === 1);
  // An event whose end nobody has noted yet comes again after a restart, as Lambda's may.
  await until(async () => (await readdir(join(stateDir, 'lambda', 'events'))).length === 0);
  await first.stop();
  const second = await start();
  assert.deepEqual(second.info, first.info);
  await sqs.send(
    new SendMessageCommand({ QueueUrl: second.info.queues['jr-tasks'], MessageBody: '{"name":"after"}' }),
  );
  await until(async () => (await noted('after')).length === 1);
  assert.equal((await noted('invoke')).length, 1, 'the rate goes on where it was');
});

test('a second start on the same folder is refused while the first runs; another folder is another stack', async t => {
  const here = await setUp(t);
  let version = 1;
  const there = await setUp(t, {
    migrate: async () => {
      if (version === 1) throw new OtherMigrationsError('0002_b.sql was changed.');
    },
  });
  const stack = await here.start();
  await assert.rejects(here.start(), StackBusy);
  await assert.rejects(there.start(), {
    name: 'StackError',
    message: `0002_b.sql was changed. Where the ledger of another version is not needed any more, begin with an empty one: remove postgres and postgres-password in ${there.stateDir}.`,
  });
  version = 2;
  const other = await there.start();
  const ports = [stack, other].flatMap(({ info }) =>
    Object.values(info).filter(value => typeof value === 'string'),
  );
  assert.equal(new Set(ports).size, ports.length);
});

test('a workspace that cannot be one is named, with the variable that sets it', async t => {
  const { start } = await setUp(t, { workspace: join(import.meta.filename, 'below') });
  await assert.rejects(
    start(),
    /^StackError: The workspace .*below cannot be made \(EEXIST: file already exists.*stack\.test\.ts.*: set JR_WORKSPACE to /,
  );
});

test('a given database is used as it is, and a failed start leaves nothing behind', async t => {
  const databaseUrl = 'postgres://somebody@127.0.0.1:1/theirs';
  const { start, stateDir, migrated } = await setUp(t, { env: { DATABASE_URL: databaseUrl } });
  const { info, stop } = await start();
  assert.equal(info.database_url, databaseUrl);
  assert.deepEqual(migrated, [databaseUrl]);
  assert.ok(!(await readdir(stateDir)).includes('postgres'));
  const port = new URL(info.lambda_endpoint).port;
  const other = await setUp(t, { env: { DATABASE_URL: databaseUrl, JR_LAMBDA_PORT: port } });
  await assert.rejects(
    other.start(),
    new RegExp(`^StackError: Port ${port} for Lambda is taken: .*JR_LAMBDA_PORT`),
  );
  await stop();
  await assert.rejects(
    startStack({ stateDir, env: {} }),
    /^StackError: The ledger of the last start is 127\.0\.0\.1:1\/theirs, /,
  );
  await other.start();
  const migrate = async () => {
    throw new OtherMigrationsError('0002_b.sql was changed.');
  };
  const older = await setUp(t, { env: { DATABASE_URL: databaseUrl }, migrate });
  await assert.rejects(older.start(), /begin with an empty one: name another database in DATABASE_URL\.$/);
  const bad = await setUp(t, { env: { DATABASE_URL: databaseUrl, JR_SQS_PORT: 'four' } });
  await assert.rejects(bad.start(), /JR_SQS_PORT is "four": set it to a port number/);
});
