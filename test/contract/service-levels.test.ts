import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { postgresServiceLedger } from '../../shared/adapters/postgres/measure-service-levels.ts';
import type { Count, ServiceLedger } from '../../shared/ports/service-ledger.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let ledger: ServiceLedger;
before(async () => {
  database = await createDatabase();
  ledger = postgresServiceLedger(database.pool);
});
after(() => database.drop());
beforeEach(() =>
  database.owner.query('truncate jr_work_queue, jr_service_levels, jr_alerts restart identity cascade'),
);

const minute = (n: number) => new Date(Date.UTC(2026, 2, 1, 12, n));
const countAt = (n: number) =>
  ledger.count({ now: minute(n), successWindowMinutes: 60, tasksWindowDays: 7, scope: 'test' });

async function record(count: Count, n: number, aboveLeadSince: Date | null = null) {
  const levels = { ...count.counts, successRate: null, openRatio: null, aboveLeadSince };
  await ledger.record(count, levels, minute(n), minute(n - 90 * 1_440));
}

async function complete(n: number, tasks: number) {
  await database.pool.query(
    `insert into jr_work_queue (title, status, completed_at) select 't', 'completed', $1 from generate_series(1, $2)`,
    [minute(n), tasks],
  );
}

/** An entry of a failed task, raised to the TPM at a time unless it is said otherwise. */
async function fail(n: number, columns: Record<string, unknown> = {}) {
  const values = {
    failure_reason: 'it failed',
    escalation_level: 2,
    error_class: 'permanent',
    raised_at: minute(n),
    created_at: minute(n),
    ...columns,
  };
  const names = Object.keys(values);
  await database.pool.query(
    `with task as (insert into jr_work_queue (title, status) values ('t', 'failed') returning id)
     insert into jr_failed_tasks_dlq (original_task_id, ${names}) select id, ${names.map((_, i) => `$${i + 1}`)} from task`,
    Object.values(values),
  );
}

test('the success window holds what ended in it, and counts a failure once', async () => {
  await complete(-61, 100);
  await complete(-59, 7);
  await fail(-61);
  await fail(-30);
  await fail(-20, { resolution_status: 'resolved', resolved_at: minute(-10) });
  await fail(-20, { error_class: 'approval' });
  await fail(-20, { escalation_level: 0, resolution_status: 'retrying', raised_at: null });
  await fail(-10, { escalation_level: 3, created_at: minute(-250) });
  const { counts } = await countAt(0);
  assert.partialDeepStrictEqual(counts, { completed: 7, failed: 2 });
});

test('open is what waits or is retried, but not what was handed in for the Council', async () => {
  await complete(-30, 10);
  await fail(-30);
  await fail(-20, { escalation_level: 0, resolution_status: 'retrying', raised_at: null });
  await fail(-20, { error_class: 'approval', error_code: 'FILE_EXISTS' });
  await fail(-20, { escalation_level: 3, error_class: 'approval', error_code: 'APPROVAL_REQUIRED' });
  await fail(-20, { resolution_status: 'abandoned', resolved_at: minute(-10) });
  const { counts } = await countAt(0);
  assert.partialDeepStrictEqual(counts, { openEntries: 3, tasks: 14 });
});

test('tasks are counted once, by the measurement after they completed, and for seven days', async () => {
  await complete(-7 * 1_440 - 1, 1_000);
  await complete(-100, 10);
  const first = await countAt(0);
  assert.equal(first.counts.tasks, 10);
  await record(first, 0);
  await complete(2, 5);
  const second = await countAt(5);
  assert.deepEqual(second.counted, { from: minute(-1), to: minute(4), tasks: 5 });
  assert.equal(second.counts.tasks, 15);
  await record(second, 5);
  assert.equal((await countAt(6)).counts.tasks, 15);
  assert.equal((await countAt(7 * 1_440 + 1)).counts.tasks, 5);
});

test('what was completed in the last minute may not be committed: the next measurement counts it', async () => {
  await complete(0, 3);
  const first = await countAt(0);
  assert.equal(first.counted.tasks, 0);
  await record(first, 0);
  assert.equal((await countAt(5)).counted.tasks, 3);
});

test('what a worker completed by SQL without a time counts by its last change, once, and has that time from then on', async () => {
  await complete(-30, 10);
  await database.pool.query(
    `insert into jr_work_queue (title, status, updated_at) select 'by hand', 'completed', $1 from generate_series(1, 3)`,
    [minute(-20)],
  );
  const first = await countAt(0);
  assert.deepEqual([first.counts.completed, first.counted.tasks], [13, 13]);
  await record(first, 0);
  // Whatever is changed of such a task later: it was completed when it was.
  await database.pool.query('update jr_work_queue set updated_at = $1', [minute(3)]);
  const second = await countAt(5);
  assert.deepEqual([second.counts.completed, second.counted.tasks], [13, 0]);
  const { rows } = await database.pool.query(
    `select completed_at, count(*)::int as n from jr_work_queue where title = 'by hand' group by 1`,
  );
  assert.deepEqual(rows, [{ completed_at: minute(-20), n: 3 }]);
});

test('two sweeps at once keep one measurement; a clock that went back counts nothing twice', async () => {
  await complete(-30, 10);
  const both = await Promise.all([countAt(0), countAt(0)]);
  await Promise.all(both.map(count => record(count, 0)));
  const { rows } = await database.pool.query('select seq, counted, tasks from jr_service_levels');
  assert.deepEqual(rows, [{ seq: 1, counted: 10, tasks: 10 }]);
  const back = await countAt(-20);
  assert.partialDeepStrictEqual(back, { counted: { from: minute(-1), to: minute(-1), tasks: 0 } });
});

test('the state before comes along, and what is older than it is kept for goes', async () => {
  const first = await countAt(0);
  assert.deepEqual(first.before, { aboveLeadSince: null, firing: [] });
  await record(first, 0, minute(-5));
  await database.pool.query(
    `insert into jr_alerts (scope, name, target, summary, next_action, began_at, ended_at, observed_at) values
     ('test', 'on', 'operations', '', '', $1, null, $1), ('test', 'past', 'operations', '', '', $1, $1, $1),
     ('other', 'elsewhere', 'operations', '', '', $1, null, $1)`,
    [minute(0)],
  );
  const late = await countAt(90 * 1_440 + 1);
  assert.deepEqual(late.before, { aboveLeadSince: minute(-5), firing: ['on'] });
  await record(late, 90 * 1_440 + 1);
  const { rows } = await database.pool.query('select seq from jr_service_levels');
  assert.deepEqual(rows, [{ seq: 2 }]);
});
