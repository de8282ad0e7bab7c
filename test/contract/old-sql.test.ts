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
