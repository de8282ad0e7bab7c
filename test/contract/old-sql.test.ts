// The SQL that users of the old system know works unchanged (design section 6), to the letter.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
before(async () => {
  database = await createDatabase();
});
after(() => database.drop());

test('a task with a Jr is inserted', async () => {
  const { rowCount } =
    await database.pool.query(`INSERT INTO jr_work_queue (title, description, instruction_file, assigned_jr, use_rlm, status)
VALUES ('Task Title Here', 'Description', '/ganuda/docs/jr_instructions/X.md', 'Software Engineer Jr.', false, 'pending');`);
  assert.equal(rowCount, 1);
});

test('a task without a Jr is inserted and found', async () => {
  await database.pool.query(
    `INSERT INTO jr_work_queue (title, description, source, created_by) VALUES ('Test Auto-Assign', 'Test', 'tpm', 'claude_tpm');`,
  );
  const { rows } = await database.pool.query(
    `SELECT title, assigned_jr FROM jr_work_queue WHERE title = 'Test Auto-Assign';`,
  );
  assert.deepEqual(rows, [{ title: 'Test Auto-Assign', assigned_jr: null }]);
});

test('a task that brings no key is given one of its own, in the order of time', async () => {
  const { rows } = await database.pool.query<{ task_key: string; created_at: Date }>(
    `INSERT INTO jr_work_queue (title) SELECT 'keyed' FROM generate_series(1, 100) RETURNING task_key, created_at`,
  );
  assert.equal(new Set(rows.map(({ task_key }) => task_key)).size, rows.length);
  for (const { task_key, created_at } of rows) {
    assert.match(task_key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const madeAt = Number.parseInt(task_key.slice(0, 13).replace('-', ''), 16);
    assert.ok(madeAt >= created_at.getTime() && madeAt < created_at.getTime() + 60_000, task_key);
  }
});

for (const [table, columns, values] of [
  ['jr_failed_tasks_dlq', 'original_task_id, failure_reason, resolution_status', `task, 'x', 'resolved'`],
  ['jr_rejected_submissions', 'message_id, reason, body, body_bytes', `gen_random_uuid(), 'x', 'x', 1`],
  ['jr_task_approvals', 'task_id, approved_by, reason', `task, 'ada', 'x'`],
  [
    'jr_alerts',
    'scope, name, target, summary, next_action, began_at, observed_at',
    `'x', gen_random_uuid(), 'operations', 'x', 'x', now(), now()`,
  ],
  [
    'jr_drain_runs',
    'action, status, filter, settings, operator, reason, created_at',
    `'drain', 'completed', '{}', '{}', 'ada', 'x', now()`,
  ],
]) {
  test(`rows of ${table} that are brought with ids of their own are not in the way of the next ones`, async () => {
    await database.pool.query(`INSERT INTO jr_work_queue (title) VALUES ('a task')`);
    const insert = (id: string, named: string) =>
      database.pool.query(
        `INSERT INTO ${table} (${id}${columns}) SELECT ${named}${values} FROM (SELECT min(id) AS task FROM jr_work_queue) t RETURNING id`,
      );
    for (const id of [1, 2, 7]) await insert('id, ', `${id}, `);
    assert.deepEqual((await insert('', '')).rows, [{ id: 8 }]);
  });
}

test('stale tasks are looked for', async () => {
  await database.pool.query(
    `INSERT INTO jr_work_queue (title, status, updated_at) VALUES ('stale', 'in_progress', now() - interval '2 hours')`,
  );
  const { rows } = await database.pool.query(
    `SELECT id, title, status, assigned_jr FROM jr_work_queue WHERE status = 'in_progress' AND updated_at < NOW() - interval '1 hour';`,
  );
  assert.partialDeepStrictEqual(rows, [{ title: 'stale', status: 'in_progress', assigned_jr: null }]);
});

test('a misspelt Jr is refused with the name of the rule', async () => {
  const insert = database.pool.query(
    `INSERT INTO jr_work_queue (title, assigned_jr) VALUES ('misspelt', 'Software Enginer Jr.')`,
  );
  await assert.rejects(insert, /jr_work_queue_assigned_jr_registered/);
});
