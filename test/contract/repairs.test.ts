// What people with SQL can make disagree, and what the health sweep makes of it (invariant 8).
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { postgresHealthLedger } from '../../shared/adapters/postgres/care-for-ledger.ts';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { type HealthLedger, type RepairKind, repairKinds } from '../../shared/ports/health-ledger.ts';
import type { Ledger } from '../../shared/ports/ledger.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { disagreements } from '../support/disagreements.ts';
import { ends, retriedAt, runningTask, settle, stopped, takenIn } from '../support/failed-tasks.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = new Date('2026-03-01T12:05:00Z');

let database: TestDatabase;
let ledger: Ledger;
let health: HealthLedger;
before(async () => {
  database = await createDatabase();
  ledger = postgresLedger(database.pool);
  health = postgresHealthLedger(database.pool);
});
after(() => database.drop());
beforeEach(() => database.owner.query('truncate jr_work_queue restart identity cascade'));

const sql = (text: string) => database.pool.query(text);

async function repairAll(): Promise<Partial<Record<RepairKind, readonly number[]>>> {
  const done: Partial<Record<RepairKind, readonly number[]>> = {};
  for (const kind of repairKinds) {
    const taskIds = await health.repair(kind, later, 100);
    if (taskIds.length > 0) done[kind] = taskIds;
  }
  return done;
}

const failed = async () => settle(ledger, await runningTask(ledger, now), ends.failed, now);
const retried = async () => settle(ledger, await runningTask(ledger, now), retriedAt(later), now);
const blocked = async () => settle(ledger, await runningTask(ledger, now), stopped, now);

const entry = async () => {
  const { rows } = await sql('select * from jr_failed_tasks_dlq order by id desc limit 1');
  return rows[0];
};

/** Each way: how it comes about, what mends it, and what the entry is then. */
const cases: {
  name: string;
  make: () => Promise<unknown>;
  by: string;
  kind: RepairKind;
  becomes?: Record<string, unknown>;
}[] = [
  {
    name: 'a failed task whose entry was deleted gets one, with the TPM and with what was known',
    make: failed,
    by: 'delete from jr_failed_tasks_dlq',
    kind: 'entry_missing',
    becomes: {
      resolution_status: 'unresolved',
      error_code: 'ENTRY_MISSING',
      escalation_level: 2,
      failure_reason:
        'SEARCH_NOT_FOUND: It is not there. It had failed without an entry: look at it, then replay, resolve or abandon it.',
      notified_at: null,
    },
  },
  {
    name: 'a failed task whose entry was resolved by SQL is still failed: somebody is asked again',
    make: failed,
    by: `update jr_failed_tasks_dlq set resolution_status = 'resolved', resolved_at = now()`,
    kind: 'entry_missing',
  },
  {
    name: 'a task that was set to failed by SQL',
    make: () => takenIn(ledger, now),
    by: `update jr_work_queue set status = 'failed'`,
    kind: 'entry_missing',
    becomes: {
      failure_reason:
        'Nothing says why. It had failed without an entry: look at it, then replay, resolve or abandon it.',
    },
  },
  {
    name: 'a task that was set to blocked by SQL: a person is asked to let it go on',
    make: () => takenIn(ledger, now),
    by: `update jr_work_queue set status = 'blocked'`,
    kind: 'question_missing',
    becomes: { error_code: 'APPROVAL_REQUIRED', error_class: 'approval', escalation_level: 2 },
  },
  {
    name: 'one that was blocked by SQL for the Council is asked about there',
    make: () => takenIn(ledger, now),
    by: `update jr_work_queue set status = 'blocked', requires_council_approval = true`,
    kind: 'question_missing',
    becomes: { escalation_level: 3, assigned_escalation_target: 'Council' },
  },
  {
    name: 'a failed task that was set back to pending by SQL is a task replayed',
    make: failed,
    by: `update jr_work_queue set status = 'pending'`,
    kind: 'entry_of_waiting_task',
    becomes: {
      resolution_status: 'resolved',
      resolution_notes: 'its task was put back among those that wait',
    },
  },
  {
    name: 'a failed task that was set to completed by SQL',
    make: failed,
    by: `update jr_work_queue set status = 'completed'`,
    kind: 'entry_of_ended_task',
    becomes: { resolution_status: 'resolved' },
  },
  {
    name: 'a retried task that was set to cancelled by SQL',
    make: retried,
    by: `update jr_work_queue set status = 'cancelled'`,
    kind: 'entry_of_ended_task',
    becomes: { resolution_status: 'abandoned', next_retry_timestamp: null },
  },
  {
    name: 'an entry with the TPM that was set to retrying by SQL is retried at once',
    make: failed,
    by: `update jr_failed_tasks_dlq set resolution_status = 'retrying'`,
    kind: 'entry_malformed_retry',
    becomes: { escalation_level: 1, assigned_escalation_target: null, next_retry_timestamp: later },
  },
  {
    name: 'nothing retries a blocked task: a person is asked',
    make: blocked,
    by: `update jr_failed_tasks_dlq set resolution_status = 'retrying', next_retry_timestamp = now()`,
    kind: 'entry_malformed_question',
    becomes: {
      resolution_status: 'unresolved',
      assigned_escalation_target: 'TPM',
      next_retry_timestamp: null,
    },
  },
  {
    name: 'a retry that was set to unresolved by SQL goes to the TPM',
    make: retried,
    by: `update jr_failed_tasks_dlq set resolution_status = 'unresolved'`,
    kind: 'entry_malformed_question',
    becomes: { escalation_level: 2, assigned_escalation_target: 'TPM', raised_at: later, notified_at: null },
  },
  {
    name: 'an entry that was raised to level 3 by SQL is with the Council',
    make: failed,
    by: 'update jr_failed_tasks_dlq set escalation_level = 3, notified_at = now()',
    kind: 'entry_malformed_question',
    becomes: { escalation_level: 3, assigned_escalation_target: 'Council', notified_at: null },
  },
  {
    name: 'a closed entry without a time',
    make: async () => {
      const task = await failed();
      await sql(`update jr_failed_tasks_dlq set resolution_status = 'resolved'`);
      await sql(`update jr_work_queue set status = 'completed'`);
      return task;
    },
    by: 'select 1',
    kind: 'entry_closed_without_time',
    becomes: { resolved_at: later },
  },
];

describe('what disagrees is mended in one sweep', () => {
  for (const { name, make, by, kind, becomes = {} } of cases) {
    test(name, async () => {
      await make();
      await sql(by);
      assert.notDeepEqual(await disagreements(database.pool), []);
      assert.deepEqual(await repairAll(), { [kind]: [1] });
      assert.deepEqual(await disagreements(database.pool), []);
      assert.partialDeepStrictEqual(await entry(), becomes);
      assert.deepEqual(await repairAll(), {}, 'and once');
    });
  }

  test('an attempt whose task was set back by SQL while it ran is ended and fenced', async () => {
    const running = await runningTask(ledger, now);
    await sql(`update jr_work_queue set status = 'pending'`);
    assert.deepEqual(await repairAll(), { attempt_left_open: [1] });
    assert.deepEqual(await disagreements(database.pool), []);
    const { rows } = await sql(
      'select outcome, lease_epoch, lease_expires_at from jr_task_attempts, jr_work_queue',
    );
    assert.deepEqual(rows, [
      { outcome: 'interrupted', lease_epoch: running.lease.epoch + 1, lease_expires_at: null },
    ]);
    assert.deepEqual(
      await ledger.settle([{ lease: running.lease, end: ends.completed, steps: [] }], later),
      new Set(),
    );
  });

  test('a task that is set back by SQL keeps its epoch: what was frozen would hold it again (invariant 3)', async () => {
    await runningTask(ledger, now);
    const all = `update jr_work_queue set status = 'pending', attempt_count = 0, lease_expires_at = null, lease_epoch = 0`;
    await assert.rejects(sql(all), /lease_epoch of task 1 only ever grows: from 1 it cannot become 0/);
  });

  test('an attempt that was left open is found behind any number of those that run', async () => {
    for (let i = 0; i < 3; i++) await runningTask(ledger, now);
    await sql(`update jr_work_queue set status = 'completed' where id = 3`);
    assert.deepEqual(await health.repair('attempt_left_open', later, 2), [3]);
  });
});

test('what is as it should be is not touched: waiting, running, retried, failed, blocked and ended', async () => {
  await takenIn(ledger, now);
  await runningTask(ledger, now);
  await retried();
  await failed();
  await blocked();
  await settle(ledger, await runningTask(ledger, now), ends.completed, now);
  await sql(`insert into jr_work_queue (title, status) values ('by hand', 'in_progress')`);
  const all = `select (select json_agg(w order by id) from jr_work_queue w) as tasks,
    (select json_agg(d order by id) from jr_failed_tasks_dlq d) as entries,
    (select json_agg(a order by task_id) from jr_task_attempts a) as attempts`;
  const { rows } = await sql(all);
  assert.deepEqual(await repairAll(), {});
  assert.deepEqual((await sql(all)).rows, rows);
});

test('a retry that runs is left to its end, although its entry is with a person by now', async () => {
  await failed();
  await sql(`update jr_work_queue set status = 'in_progress', lease_expires_at = '2026-03-01T21:00Z'`);
  assert.deepEqual(await repairAll(), {});
});

test('two at once mend each row once', async () => {
  for (let i = 0; i < 20; i++) await failed();
  await sql('delete from jr_failed_tasks_dlq');
  const both = await Promise.all([repairAll(), repairAll()]);
  const mended = both.flatMap(done => done.entry_missing ?? []);
  assert.deepEqual(
    mended.toSorted((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  assert.deepEqual(await disagreements(database.pool), []);
});

describe('what ended long ago', () => {
  const before = new Date('2026-06-01T00:00:00Z');

  test('is forgotten but for the task itself; what is open is kept', async () => {
    await settle(ledger, await runningTask(ledger, now), ends.completed, now);
    await failed();
    await settle(ledger, await runningTask(ledger, before), ends.completed, before);
    await sql(`insert into jr_step_rewards (task_id, step_number, step_type, target_file, step_content_hash)
      values (1, 1, 'create', 'a', 'h'), (2, 1, 'create', 'a', 'h')`);
    await sql(`insert into jr_failed_tasks_dlq (original_task_id, failure_reason, resolution_status, resolved_at)
      values (1, 'r', 'resolved', '2026-03-02'), (2, 'r', 'abandoned', '2026-06-02')`);
    await sql(`insert into jr_rejected_submissions (message_id, reason, body, body_bytes, received_at)
      values ('old', 'r', 'b', 1, '2026-03-02'), ('new', 'r', 'b', 1, '2026-06-02')`);
    assert.deepEqual(await health.forget(before, 100, 0), {
      attempts: 1,
      steps: 1,
      entries: 1,
      rejected: 1,
      next: null,
    });
    assert.deepEqual(await health.forget(before, 100, 0), {
      attempts: 0,
      steps: 0,
      entries: 0,
      rejected: 0,
      next: null,
    });
    const { rows } =
      await sql(`select (select json_agg(task_id order by task_id) from jr_task_attempts) as attempts,
      (select json_agg(task_id) from jr_step_rewards) as steps,
      (select json_agg(resolution_status order by id) from jr_failed_tasks_dlq) as entries,
      (select count(*) from jr_work_queue) as tasks`);
    assert.deepEqual(rows, [
      { attempts: [2, 3], steps: [2], entries: ['unresolved', 'abandoned'], tasks: 3 },
    ]);
  });

  test('goes in batches', async () => {
    for (let i = 0; i < 3; i++) await settle(ledger, await runningTask(ledger, now), ends.completed, now);
    assert.partialDeepStrictEqual(await health.forget(before, 2, 0), { attempts: 2, next: 2 });
    assert.partialDeepStrictEqual(await health.forget(before, 2, 2), { attempts: 1, next: null });
  });

  test('is found behind any number of those that are old and open', async () => {
    for (let i = 0; i < 2; i++) await failed();
    await settle(ledger, await runningTask(ledger, now), ends.completed, now);
    assert.partialDeepStrictEqual(await health.forget(before, 2, 0), { attempts: 0, next: 2 });
    assert.partialDeepStrictEqual(await health.forget(before, 2, 2), { attempts: 1, next: null });
  });

  test('is not looked for behind what is not old', async () => {
    for (let i = 0; i < 2; i++)
      await settle(ledger, await runningTask(ledger, before), ends.completed, before);
    assert.partialDeepStrictEqual(await health.forget(before, 2, 0), { attempts: 0, next: null });
  });
});

test('whoever keeps an entry locked keeps no other from being repaired', async t => {
  const tasks = [await failed(), await failed()];
  await sql(`update jr_work_queue set status = 'completed'`);
  const databaseUrl = `${database.url}?lock_timeout=20`;
  const impatient = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
  t.after(() => impatient.end());
  const person = await database.pool.connect();
  t.after(() => person.release(true));
  await person.query('begin');
  await person.query('select from jr_failed_tasks_dlq where original_task_id = $1 for update', [tasks[0]]);
  const beside = postgresHealthLedger(impatient);
  assert.deepEqual(await beside.repair('entry_of_ended_task', later, 100), [tasks[1]]);
  await person.query('rollback');
  assert.deepEqual(await beside.repair('entry_of_ended_task', later, 100), [tasks[0]]);
});
