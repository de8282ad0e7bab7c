import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Dependencies } from '../../../functions/health-sweep/part.ts';
import { sweep } from '../../../functions/health-sweep/run.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { disagreements } from '../../support/disagreements.ts';
import { createExecution, type Execution, healthOf } from '../../support/execution.ts';
import { bell, createDocument, submission } from '../../support/messages.ts';

let execution: Execution;
let deps: Dependencies;
before(async () => {
  execution = await createExecution();
  deps = healthOf(execution);
});
after(() => execution.close());
beforeEach(() => execution.database.owner.query('truncate jr_work_queue restart identity cascade'));

const parts = async () => (await sweep(() => 60_000, deps)).parts;
const sql = (text: string) => execution.database.pool.query(text);
const ada = { by: 'ada', reason: null };

/** A parent that waits for the Council, so that it does not end by itself, and a child of it. */
async function family(child: object = {}): Promise<void> {
  const parent = submission(createDocument('parent.txt', 'x'), { requires_council_approval: true });
  await execution.invoke([parent]);
  await execution.invoke([submission(createDocument('child.txt', 'x'), { parent_task_id: 1, ...child })]);
}

test('a task waits aside until its parent is completed, and the completion lets it go on', async () => {
  await family();
  assert.partialDeepStrictEqual(await execution.task(2), {
    status: 'blocked',
    status_message: 'waits for task 1, its parent',
    attempts: [],
  });
  assert.deepEqual(await disagreements(execution.database.pool), []);
  assert.partialDeepStrictEqual(await parts(), {
    children: { freed: 0, asked: 0 },
    repaired: { question_missing: 0 },
  });
  const operations = postgresOperations(execution.database.pool);
  assert.deepEqual(await operations.approveTask(2, 'ada', 'impatient', execution.now), {
    kind: 'not_waiting',
    status: 'blocked',
  });
  for (const voter of ['ada', 'bob']) {
    await operations.vote(1, { voter, vote: 'approve', reason: 'good' }, 2, execution.now);
  }
  await execution.invoke([bell(1), bell(2)]);
  assert.partialDeepStrictEqual(await execution.task(1), { status: 'completed' });
  assert.partialDeepStrictEqual(await execution.task(2), {
    status: 'pending',
    status_message: 'task 1, its parent, is completed',
  });
  await execution.invoke([bell(2)]);
  assert.partialDeepStrictEqual(await execution.task(2), { status: 'completed' });
});

test('a child about which people are asked waits for them, also when its parent is completed', async () => {
  await family({ requires_council_approval: true });
  const operations = postgresOperations(execution.database.pool);
  const approve = async (entryId: number) => {
    for (const voter of ['ada', 'bob'])
      await operations.vote(entryId, { voter, vote: 'approve', reason: 'good' }, 2, execution.now);
  };
  await approve(1);
  await execution.invoke([bell(1)]);
  assert.partialDeepStrictEqual(await execution.task(1), { status: 'completed' });
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 0 } });
  assert.partialDeepStrictEqual(await execution.task(2), {
    status: 'blocked',
    status_message: 'waits for the approval of the Council',
  });
  await approve(2);
  await execution.invoke([bell(2)]);
  assert.partialDeepStrictEqual(await execution.task(2), { status: 'completed' });
});

test('what was blocked by SQL, or put aside as its parent ended, is found by the sweep', async () => {
  await family();
  await sql(`update jr_failed_tasks_dlq set resolution_status = 'resolved', resolved_at = now()`);
  await sql(`update jr_work_queue set status = 'completed' where id = 1`);
  await sql(
    `insert into jr_work_queue (title, status, parent_task_id, assigned_jr) values ('by hand', 'blocked', 1, 'Vision Jr.')`,
  );
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 2, asked: 0 } });
  assert.partialDeepStrictEqual(await execution.task(2), { status: 'pending' });
  assert.partialDeepStrictEqual(await execution.task(3), { status: 'assigned' });
});

test('a failed parent keeps its children waiting: it may yet be completed', async () => {
  await family();
  await sql(`update jr_work_queue set status = 'failed' where id = 1`);
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 0 } });
});

test('a cancelled parent: the TPM is asked about the child, and what is approved then is done', async () => {
  await family();
  const operations = postgresOperations(execution.database.pool);
  await operations.cancelTask(1, ada, execution.now);
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 1 } });
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 0 } });
  const { rows } = await sql(`select original_task_id, error_code, escalation_level, resolution_status
    from jr_failed_tasks_dlq where resolution_status = 'unresolved'`);
  assert.deepEqual(rows, [
    {
      original_task_id: 2,
      error_code: 'PARENT_CANCELLED',
      escalation_level: 2,
      resolution_status: 'unresolved',
    },
  ]);
  assert.deepEqual(await disagreements(execution.database.pool), []);
  assert.partialDeepStrictEqual(await operations.approveTask(2, 'ada', 'all the same', execution.now), {
    kind: 'approved',
  });
  await execution.invoke([bell(2)]);
  assert.partialDeepStrictEqual(await execution.task(2), { status: 'completed' });
});

test('a child that is handed in when its parent was cancelled is asked about too', async () => {
  await family();
  await postgresOperations(execution.database.pool).cancelTask(1, ada, execution.now);
  await execution.invoke([submission(createDocument('late.txt', 'x'), { parent_task_id: 1 })]);
  assert.partialDeepStrictEqual(await execution.task(3), { status: 'blocked' });
  assert.partialDeepStrictEqual(await parts(), { children: { asked: 2 } });
});

test('tasks that wait for each other in a circle: the TPM is asked about one, and all are done once it is approved', async () => {
  const document = createDocument('same.txt', 'x');
  // 1 waits for 3, 2 for 1, 3 for 2; 4 for itself; 5 for the circle, without being of it; 6, of a circle, may still run.
  await execution.database.pool.query(
    `insert into jr_work_queue (id, title, instruction_content, status, parent_task_id)
     select id, 'circle', $1, status, parent from (values (1, 'pending', 3), (2, 'blocked', 1), (3, 'blocked', 2),
       (4, 'blocked', 4), (5, 'blocked', 3), (6, 'in_progress', 7), (7, 'blocked', 6)) as t(id, status, parent)`,
    [document],
  );
  assert.partialDeepStrictEqual(await parts(), { children: { asked: 1 } });
  await execution.invoke([bell(1)]);
  assert.partialDeepStrictEqual(await execution.task(1), { status: 'blocked', attempts: [] });
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 1 } });
  assert.partialDeepStrictEqual(await parts(), { children: { freed: 0, asked: 0 } });
  const { rows } = await sql(
    `select original_task_id, error_code, resolution_status from jr_failed_tasks_dlq order by original_task_id`,
  );
  const asked = { error_code: 'PARENT_CIRCLE', resolution_status: 'unresolved' };
  assert.deepEqual(rows, [
    { original_task_id: 1, ...asked },
    { original_task_id: 4, ...asked },
  ]);
  assert.deepEqual(await disagreements(execution.database.pool), []);
  const operations = postgresOperations(execution.database.pool);
  for (const id of [1, 4]) await operations.approveTask(id, 'ada', 'this one first', execution.now);
  for (const id of [1, 4, 2, 3, 5]) {
    await execution.invoke([bell(id)]);
    assert.equal((await execution.task(id)).status, 'completed', `task ${id}`);
  }
});
