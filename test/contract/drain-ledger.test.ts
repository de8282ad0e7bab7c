import assert from 'node:assert/strict';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import sweeps from '../../infra/sweeps.json' with { type: 'json' };
import { postgresClaimsSwitch } from '../../shared/adapters/postgres/claims-switch.ts';
import { postgresDrainLedger } from '../../shared/adapters/postgres/drain-ledger.ts';
import { postgresOperations } from '../../shared/adapters/postgres/operations.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { postgresDrainView } from '../../shared/adapters/postgres/view-drains.ts';
import { everything } from '../../shared/domain/drain-request.ts';
import type { DrainLedger, HeldRun } from '../../shared/ports/drain-ledger.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { disagreements } from '../support/disagreements.ts';
import { insertFailed } from '../support/failed-kinds.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let drains: DrainLedger;
const start = new Date('2026-03-01T12:00:00Z');
const later = (minutes: number) => new Date(start.getTime() + minutes * 60_000);
before(async () => {
  database = await createDatabase();
  drains = postgresDrainLedger(database.pool);
});
after(() => database.drop());
beforeEach(async () => {
  await database.owner.query('truncate jr_work_queue, jr_drain_runs restart identity cascade');
  await insertFailed(database.pool, { network: 6, staleSearch: 2, protectedPath: 2 }, start);
});

const request = {
  action: 'drain',
  selection: everything,
  settings: { ...sweeps.drain, pause_claims: false, verify: false },
  operator: 'ada',
  reason: 'the network is back',
} as const;

const candidates = { selection: everything, classes: ['transient'], maxReplays: 3, asOf: later(1) } as const;

async function rows(sql: string) {
  return (await database.pool.query(sql)).rows;
}

/** A run that has looked around. */
async function preparedRun(): Promise<HeldRun> {
  const { id } = await drains.start(request, start);
  const run = await drains.acquire(id, start, later(5));
  assert.ok(run !== null);
  await drains.prepared(run.lease, { counts: [], total: 6, lastEntryId: 10 }, start);
  return run;
}

const claim = (run: HeldRun, number: number, size: number, canary = false) =>
  drains.claimBatch(run.lease, { number, size, canary, candidates }, later(1));

const requeue = async (run: HeldRun, batch: number, by = drains) => {
  const verdicts = (await drains.claimed(run.lease, batch)).map(
    ({ entryId }) => ({ entryId, retry: true }) as const,
  );
  return await by.requeue(run.lease, { batch, verdicts, note: 'again', nextBatchAt: later(2) }, later(2));
};

test('of two that begin at once one begins, and the other finds it', async () => {
  const both = await Promise.all([drains.start(request, start), drains.start(request, start)]);
  assert.deepEqual(both.map(({ started }) => started).sort(), [false, true]);
  assert.equal(both[0]?.id, both[1]?.id);
});

test('of two that want to drive it one does, until its lease has run out', async () => {
  const { id } = await drains.start(request, start);
  const both = await Promise.all([drains.acquire(id, start, later(5)), drains.acquire(id, start, later(5))]);
  assert.equal(both.filter(run => run !== null).length, 1);
  assert.equal(await drains.acquire(null, later(4), later(9)), null);
  assert.equal((await drains.acquire(null, later(5), later(9)))?.lease.epoch, 2);
});

test('a thawed driver that lost its lease changes nothing (invariant 3)', async () => {
  const frozen = await preparedRun();
  await claim(frozen, 1, 3);
  const next = await drains.acquire(1, later(6), later(12));
  assert.ok(next !== null);
  const before = await rows(
    'select r.*, (select json_agg(i) from jr_drain_items i) as items from jr_drain_runs r',
  );
  const report = {} as Parameters<DrainLedger['end']>[2];
  for (const write of [
    () => drains.look(frozen.lease, later(6)),
    () => drains.pauseClaims(frozen.lease, later(6)),
    () => drains.restoreClaims(frozen.lease, later(6)),
    () => drains.prepared(frozen.lease, { counts: [], total: 0, lastEntryId: 0 }, later(6)),
    () => claim(frozen, 2, 3),
    () => requeue(frozen, 1),
    () => drains.verified(frozen.lease, { ok: true, golden: [] }, later(6)),
    () => drains.stop(frozen.lease, 'why', later(6)),
    () => drains.end(frozen.lease, 'completed', report, later(6)),
  ]) {
    await assert.rejects(write, { code: 'LEASE_LOST' }, String(write));
  }
  await drains.release(frozen.lease);
  assert.deepEqual(
    await rows('select r.*, (select json_agg(i) from jr_drain_items i) as items from jr_drain_runs r'),
    before,
  );
  assert.deepEqual(await rows(`select value from jr_control where name = 'claims_paused'`), [
    { value: false },
  ]);
  assert.deepEqual(await rows(`select distinct status from jr_work_queue order by 1`), [
    { status: 'blocked' },
    { status: 'failed' },
  ]);
});

test('a batch is the oldest that may be taken, each once, and none that is younger than the run', async () => {
  const run = await preparedRun();
  await insertFailed(database.pool, { network: 1 }, later(1), 100);
  assert.equal(await claim(run, 1, 4), 4);
  assert.equal(await claim(run, 2, 4), 2);
  assert.equal(await claim(run, 3, 4), 0);
  assert.deepEqual(await rows('select phase from jr_drain_runs'), [{ phase: 'verify' }]);
  assert.deepEqual(await rows('select count(*) as n, count(distinct task_id) as tasks from jr_drain_items'), [
    { n: 6, tasks: 6 },
  ]);
});

test('a canary has one of each category before it has two of one', async () => {
  await insertFailed(database.pool, { rateLimit: 2 }, start, 100);
  const { id } = await drains.start(request, start);
  const run = await drains.acquire(id, start, later(5));
  assert.ok(run !== null);
  await drains.prepared(run.lease, { counts: [], total: 8, lastEntryId: 12 }, start);
  assert.equal(await claim(run, 1, 3, true), 3);
  assert.deepEqual(await rows('select category, count(*) as n from jr_drain_items group by 1 order by 1'), [
    { category: 'QUEUE_UNAVAILABLE', n: 2 },
    { category: 'RATE_LIMITED', n: 1 },
  ]);
});

test('what a person or an attempt did between taking and requeueing is left as it is', async () => {
  const run = await preparedRun();
  await claim(run, 1, 6);
  const [first, second] = (await rows('select entry_id, task_id from jr_drain_items order by entry_id')) as {
    entry_id: number;
    task_id: number;
  }[];
  assert.ok(first !== undefined && second !== undefined);
  const operations = postgresOperations(database.pool);
  await operations.abandon({ entryId: first.entry_id }, { by: 'grace', reason: 'not wanted' }, later(1));
  await operations.requeue({ entryId: second.entry_id }, { by: 'grace', reason: 'now' }, later(1));
  assert.equal(await requeue(run, 1), 4);
  assert.deepEqual(
    await rows(`select entry_id, outcome from jr_drain_items where state = 'skipped' order by 1`),
    [
      { entry_id: first.entry_id, outcome: 'the task is cancelled by now' },
      { entry_id: second.entry_id, outcome: 'the task is pending by now' },
    ],
  );
  assert.deepEqual(
    await rows('select replay_count, count(*) as n from jr_work_queue group by 1 order by 1'),
    [
      { replay_count: 0, n: 5 },
      { replay_count: 1, n: 5 },
    ],
  );
  assert.equal(await requeue(run, 1), 0, 'a second time changes nothing');
  assert.deepEqual(await disagreements(database.pool), []);
});

async function isBlocked(): Promise<boolean> {
  const [activity] = await rows(
    `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return activity?.n > 0;
}

/** The drains of somebody who waits for no lock, while a person has an open transaction. */
async function besidePerson(
  t: TestContext,
  sql: string,
): Promise<{ drains: DrainLedger; leave(): Promise<void> }> {
  const databaseUrl = `${database.url}?lock_timeout=20`;
  const impatient = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
  t.after(() => impatient.end());
  const person = await database.pool.connect();
  t.after(() => person.release(true));
  await person.query('begin');
  await person.query(sql);
  return { drains: postgresDrainLedger(impatient), leave: async () => void (await person.query('rollback')) };
}

for (const [what, sql] of [
  ['a task', 'select from jr_work_queue where id = 4 for update'],
  ['an entry', 'select from jr_failed_tasks_dlq where original_task_id = 4 for update'],
] as const) {
  test(`who keeps ${what} of a batch locked does not hold up the run: the others are put back`, async t => {
    const run = await preparedRun();
    await claim(run, 1, 3);
    const { drains: beside, leave } = await besidePerson(t, sql);
    assert.equal(await requeue(run, 1, beside), 2);
    await leave();
    const skipped = `select task_id, outcome from jr_drain_items where state = 'skipped'`;
    assert.deepEqual(await rows(skipped), [
      { task_id: 4, outcome: 'somebody kept the task or its entry locked' },
    ]);
    assert.deepEqual(
      await rows(`select id from jr_work_queue where status in ('pending', 'assigned') order by id`),
      [{ id: 1 }, { id: 7 }],
    );
    assert.deepEqual(await disagreements(database.pool), []);
  });
}

for (const canary of [true, false]) {
  test(`${canary ? 'a canary' : 'a batch'} whose entries a sweep has in hand waits for them: there is something left to take`, async () => {
    const run = await preparedRun();
    const sweep = await database.pool.connect();
    await sweep.query('begin');
    await sweep.query(`select from jr_failed_tasks_dlq where error_class = 'transient' for update`);
    const taken = claim(run, 1, 3, canary);
    await Promise.race([taken, until(isBlocked)]);
    await sweep.query('commit');
    sweep.release();
    assert.equal(await taken, 3);
    assert.deepEqual(await rows('select phase from jr_drain_runs'), [
      { phase: canary ? 'canary' : 'batches' },
    ]);
  });
}

test('what a person keeps locked is left out by a canary, and ends a run that has nothing else to take', async t => {
  const run = await preparedRun();
  const { drains: beside } = await besidePerson(
    t,
    'select from jr_failed_tasks_dlq where id <= 4 for update',
  );
  const claimBeside = (number: number, size: number, canary: boolean) =>
    beside.claimBatch(run.lease, { number, size, canary, candidates }, later(1));
  assert.equal(await claimBeside(1, 2, true), 2);
  assert.equal(await claimBeside(2, 9, false), 2);
  assert.deepEqual(await rows('select phase from jr_drain_runs'), [{ phase: 'batches' }]);
  assert.equal(await claimBeside(3, 9, false), 0);
  assert.deepEqual(await rows('select phase from jr_drain_runs'), [{ phase: 'verify' }]);
});

test('its own pause it takes back, and one that a person made of it it does not', async () => {
  const claims = postgresClaimsSwitch(database.pool);
  const run = await preparedRun();
  await drains.pauseClaims(run.lease, later(1));
  assert.partialDeepStrictEqual(await claims.read(), { claims_paused: true, changed_by: 'drain run 1' });
  await drains.restoreClaims(run.lease, later(1));
  assert.partialDeepStrictEqual(await claims.read(), { claims_paused: false });
  await drains.pauseClaims(run.lease, later(2));
  await claims.set(true, { by: 'grace', reason: 'a deploy' }, later(2));
  await drains.restoreClaims(run.lease, later(2));
  assert.partialDeepStrictEqual(await claims.read(), { claims_paused: true, changed_by: 'grace' });
  await claims.set(false, { by: 'grace', reason: null }, later(3));
});

test('a stopped run goes on only while no other is under way', async () => {
  const run = await preparedRun();
  await drains.stop(run.lease, 'Stopped by ada.', later(1));
  await drains.start(request, later(2));
  assert.equal(await drains.resumeRun(1, later(3)), 'another_runs');
  assert.equal(await drains.resumeRun(2, later(3)), 'not_stopped');
  assert.equal(await drains.resumeRun(9, later(3)), 'unknown');
  const other = await drains.acquire(2, later(3), later(5));
  assert.ok(other !== null);
  await drains.stop(other.lease, 'Stopped by ada.', later(4));
  const view = postgresDrainView(database.pool);
  assert.equal((await view.getRun(null))?.id, 2, 'where none is under way the latest is meant');
  assert.equal(await drains.resumeRun(1, later(5)), 'resumed');
  assert.equal((await view.getRun(null))?.id, 1, 'the one that is under way, though a later one has ended');
});
