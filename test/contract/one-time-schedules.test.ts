// The one-time schedules against the local Scheduler, through the real SDK; its clock is moved by hand.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { type SchedulerServer, startScheduler } from '../../infra/local/scheduler/server.ts';
import { schedulerBells } from '../../shared/adapters/scheduler/one-time-bells.ts';
import { schedulerWakeUps } from '../../shared/adapters/scheduler/one-time-wake-ups.ts';
import type { Scheduler } from '../../shared/ports/scheduler.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';

let folder: string;
let server: SchedulerServer;
let client: SchedulerClient;
let scheduler: Scheduler;
let wakeUps: WakeUps;
const delivered: [target: string, input: string][] = [];

const start = Date.UTC(2026, 2, 1, 12);
const later = (seconds: number) => new Date(start + seconds * 1000);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-schedules-'));
  server = await startScheduler({
    port: 0,
    file: join(folder, 'scheduler.db'),
    deliver: async (target, input) => void delivered.push([target, input]),
    now: () => start,
  });
  const local = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  client = new SchedulerClient(local);
  const options = { roleArn: 'arn:aws:iam::000000000000:role/local', group: 'default', client: local };
  scheduler = schedulerBells({ ...options, queueArn: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks' });
  wakeUps = schedulerWakeUps({
    ...options,
    functionArnPrefix: 'arn:aws:lambda:us-east-1:000000000000:function:jr-test-',
  });
});
after(async () => {
  client.destroy();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => void delivered.splice(0));

const names = async () =>
  (await client.send(new ListSchedulesCommand({ GroupName: 'default' }))).Schedules?.map(({ Name }) => Name);

test('a bell is made once and replaced, however often it is asked for, and removed once', async () => {
  await scheduler.ringAt(17, later(3_600));
  await scheduler.ringAt(17, later(7_200));
  assert.deepEqual(await names(), ['jr-retry-17']);
  const schedule = await client.send(new GetScheduleCommand({ Name: 'jr-retry-17' }));
  assert.partialDeepStrictEqual(schedule, {
    ScheduleExpression: 'at(2026-03-01T14:00:00)',
    ActionAfterCompletion: 'DELETE',
    Target: { Input: '{"type":"task.run","task_id":17}' },
  });
  await scheduler.remove(17);
  await scheduler.remove(17);
  assert.deepEqual(await names(), []);
});

test('a wake-up invokes its function once, at the last time it was set to, and is gone', async () => {
  const wakeUp = { name: 'jr-look-again', functionName: 'health-sweep', payload: { look: 'again' } } as const;
  await wakeUps.set({ ...wakeUp, at: later(60) });
  await wakeUps.set({ ...wakeUp, at: later(1_800) });
  await server.tick(start + 60_000);
  assert.deepEqual(delivered, []);
  await server.tick(start + 1_800_000);
  await server.tick(start + 3_600_000);
  assert.deepEqual(delivered, [
    ['arn:aws:lambda:us-east-1:000000000000:function:jr-test-health-sweep', '{"look":"again"}'],
  ]);
  assert.deepEqual(await names(), []);
  await wakeUps.remove('jr-look-again');
});

test('a wake-up that was removed does not come', async () => {
  await wakeUps.set({ name: 'jr-look-again', functionName: 'drain', payload: {}, at: later(60) });
  await wakeUps.remove('jr-look-again');
  await server.tick(start + 60_000);
  assert.deepEqual(delivered, []);
});

test('a wake-up never comes early: a part of a second is rounded up', async () => {
  const at = new Date(start + 60_001);
  await wakeUps.set({ name: 'jr-look-again', functionName: 'dlq-retry', payload: {}, at });
  await server.tick(start + 60_500);
  assert.deepEqual(delivered, []);
  await server.tick(start + 61_000);
  assert.equal(delivered.length, 1);
});
