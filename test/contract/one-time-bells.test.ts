// The one-time schedules against the local Scheduler, through the real SDK.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { schedulerBells } from '../../shared/adapters/scheduler/one-time-bells.ts';
import type { Scheduler } from '../../shared/ports/scheduler.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let folder: string;
let database: TestDatabase;
let stack: Stack;
let client: SchedulerClient;
let scheduler: Scheduler;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-bells-'));
  database = await createDatabase();
  stack = await startStack({ stateDir: folder, databaseUrl: database.url, functions: {}, env: {} });
  const local = {
    endpoint: stack.info.scheduler_endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  client = new SchedulerClient(local);
  const options = { queueArn: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks', group: 'default' };
  scheduler = schedulerBells({ ...options, roleArn: 'arn:aws:iam::000000000000:role/local', client: local });
});
after(async () => {
  client.destroy();
  await stack.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
const names = async () =>
  (await client.send(new ListSchedulesCommand({ GroupName: 'default' }))).Schedules?.map(({ Name }) => Name);

test('a bell is made once and replaced, however often it is asked for, and removed once', async () => {
  await scheduler.ringAt(17, later(60));
  const at = later(120);
  await scheduler.ringAt(17, at);
  assert.deepEqual(await names(), ['jr-retry-17']);
  const schedule = await client.send(new GetScheduleCommand({ Name: 'jr-retry-17' }));
  assert.partialDeepStrictEqual(schedule, {
    ScheduleExpression: `at(${at.toISOString().slice(0, 19)})`,
    ActionAfterCompletion: 'DELETE',
    Target: { Input: '{"type":"task.run","task_id":17}' },
  });
  await scheduler.remove(17);
  await scheduler.remove(17);
  assert.deepEqual(await names(), []);
});
