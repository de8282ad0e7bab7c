import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { postgresLedgerView } from '../../shared/adapters/postgres/view-tasks.ts';
import type { TaskStatus } from '../../shared/domain/task.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
before(async () => {
  database = await createDatabase();
});
after(() => database.drop());

const statuses: readonly TaskStatus[] = [
  'pending',
  'assigned',
  'in_progress',
  'blocked',
  'completed',
  'failed',
  'cancelled',
];

test('rejected messages, the latest first', async () => {
  const view = postgresLedgerView(database.pool);
  assert.deepEqual(await view.listRejected(2), []);
  await database.pool.query(
    `insert into jr_rejected_submissions (message_id, reason, body, body_bytes, received_at)
     select 'message ' || n, 'foo: unknown field.', '{}', 2, '2026-03-01T12:00Z' from generate_series(1, 12) n`,
  );
  const latest = await view.listRejected(3);
  assert.deepEqual(
    latest.map(({ message_id }) => message_id),
    ['message 12', 'message 11', 'message 10'],
  );
  assert.partialDeepStrictEqual(latest[0], { reason: 'foo: unknown field.', body: '{}', body_bytes: 2 });
});

test('the latest tasks of one status or of all, and the count of each, are those of the whole table', async () => {
  const { pool } = database;
  const view = postgresLedgerView(pool);
  assert.deepEqual(await view.listTasks(5, null), { counts: {}, tasks: [] });
  // Some completed ones were by a worker that says so by SQL and gives no time.
  await pool.query(
    `insert into jr_work_queue (title, status, assigned_jr, dispatched_at, completed_at, updated_at)
     select 'task', status, case n % 3 when 0 then 'Vision Jr.' end, case n % 4 when 0 then now() end,
       case when status = 'completed' and n % 2 = 0 then changed_at end, changed_at
     from unnest($1::text[]) status, generate_series(1, 24) n,
       lateral (select now() - (hashint4(n + length(status)) % 1000) * interval '1 minute' as changed_at) t`,
    [statuses],
  );
  for (const status of [null, ...statuses]) {
    const expected = await pool.query<{ id: number }>(
      `select id from jr_work_queue where $1::text is null or status = $1 order by updated_at desc, id desc limit 10`,
      [status],
    );
    const { counts, tasks } = await view.listTasks(10, status);
    assert.deepEqual(
      tasks.map(({ id }) => id),
      expected.rows.map(({ id }) => id),
      `${status}`,
    );
    assert.deepEqual(counts, Object.fromEntries(statuses.map(each => [each, 24])));
  }
});

test('a task says when it is tried again by itself, and nothing of that once a person has its entry', async () => {
  const { pool } = database;
  const { rows } = await pool.query<{ id: number; entry_id: number }>(
    `with task as (
       insert into jr_work_queue (title, status) values ('task', 'failed') returning id)
     insert into jr_failed_tasks_dlq (original_task_id, failure_reason, retry_count, escalation_level,
       resolution_status, next_retry_timestamp)
     select id, 'away', 1, 0, 'retrying', '2026-03-01T12:00Z' from task
     returning original_task_id as id, id as entry_id`,
  );
  const [{ id, entry_id } = { id: 0, entry_id: 0 }] = rows;
  const read = async () => (await postgresLedgerView(pool).getTask(id))?.next_retry_timestamp ?? null;
  assert.equal(Date.parse((await read()) ?? ''), Date.parse('2026-03-01T12:00Z'));
  await pool.query(
    `update jr_failed_tasks_dlq set resolution_status = 'unresolved', escalation_level = 2,
       assigned_escalation_target = 'TPM' where id = $1`,
    [entry_id],
  );
  assert.equal(await read(), null);
});
