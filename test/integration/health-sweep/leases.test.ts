import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Dependencies } from '../../../functions/health-sweep/part.ts';
import { sweep } from '../../../functions/health-sweep/run.ts';
import { createExecution, type Execution, healthOf } from '../../support/execution.ts';
import { bell, createDocument, submission } from '../../support/messages.ts';

let execution: Execution;
let deps: Dependencies;
let start: Date;
before(async () => {
  execution = await createExecution();
  deps = healthOf(execution);
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.rung.length = 0;
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
  await execution.database.pool.query(`update jr_control set value = 'false' where name = 'claims_paused'`);
});

const advance = (minutes: number) => {
  execution.now = new Date(execution.now.getTime() + minutes * 60_000);
};
const parts = async () => (await sweep(() => 60_000, deps)).parts;

/** A task whose process dies while it runs. */
async function dies(): Promise<void> {
  const load = () => Promise.reject(new TypeError('killed'));
  const workspace = { ...execution.deps.workspace, load };
  await execution.invoke([submission(createDocument('a.txt', 'x'))], { workspace });
  execution.rung.length = 0;
}

test('a task whose process died and whose message is lost is rung for until it is claimed, and counts as crashed', async () => {
  await dies();
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 0 } });
  advance(5);
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 1 } });
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 1 } });
  assert.deepEqual(execution.rung, [
    { taskId: 1, delaySeconds: 0 },
    { taskId: 1, delaySeconds: 0 },
  ]);
  await execution.invoke([bell(1), bell(1)]);
  assert.partialDeepStrictEqual(await execution.task(1), {
    status: 'completed',
    attempts: [{ outcome: 'crashed' }, { outcome: 'completed' }],
  });
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 0 } });
});

test('what runs for nine hours under a living lease is never disturbed', async () => {
  const nine = 9 * 3_600_000;
  let during: unknown;
  let rung: unknown;
  const load: typeof execution.deps.workspace.load = async (...args) => {
    advance(9 * 60);
    during = await sweep(() => 60_000, deps);
    rung = [...execution.rung];
    return await execution.deps.workspace.load(...args);
  };
  await execution.invoke(
    [submission(createDocument('slow.txt', 'x'))],
    { workspace: { ...execution.deps.workspace, load } },
    () => nine + 60_000,
  );
  assert.partialDeepStrictEqual(during, { parts: { leases: { expired: 0 } }, failed: [] });
  assert.deepEqual(rung, []);
  assert.partialDeepStrictEqual(await execution.task(1), {
    status: 'completed',
    attempts: [{ outcome: 'completed' }],
  });
});

test('nothing is rung for while claims are paused', async () => {
  await dies();
  advance(5);
  await execution.database.pool.query(`update jr_control set value = 'true' where name = 'claims_paused'`);
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 0 } });
});

test('what somebody set to running by SQL has no lease and is left to them', async () => {
  await execution.database.pool.query(
    `insert into jr_work_queue (title, status, started_at) values ('by hand', 'in_progress', $1)`,
    [new Date(0)],
  );
  assert.partialDeepStrictEqual(await parts(), { leases: { expired: 0 } });
});

test('a part that fails is named, and stops no other', async () => {
  await dies();
  advance(5);
  const queue = { ...deps.queue, ping: () => Promise.reject(new Error('the queue refuses')) };
  const summary = await sweep(() => 60_000, { ...deps, queue });
  assert.deepEqual(summary.failed, ['jrs']);
  assert.deepEqual(Object.keys(summary.parts).includes('released'), true);
  assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
});

test('with no time left nothing is begun', async () => {
  await dies();
  advance(5);
  const { parts, failed, skipped } = await sweep(() => 5_000, deps);
  assert.deepEqual([parts, failed], [{}, []]);
  assert.deepEqual(skipped.slice(0, 2), ['leases', 'jrs'], 'and it is said');
  assert.deepEqual(execution.rung, []);
});
