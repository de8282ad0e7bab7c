// What people decide of a task by the runbook alone, as on a stage whose ledger they cannot reach.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import { disagreements } from '../../support/disagreements.ts';
import { type Drains, drainsOf } from '../../support/drains.ts';
import { createExecution, type Execution, ladderOf } from '../../support/execution.ts';
import { createDocument, editDocument, submission } from '../../support/messages.ts';

let execution: Execution;
let drains: Drains;
before(async () => {
  execution = await createExecution();
  drains = drainsOf(execution);
});
after(() => execution.close());
beforeEach(async () => {
  execution.rung.length = 0;
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
});
afterEach(async () => assert.deepEqual(await disagreements(execution.database.pool), [], 'invariant 8'));

const signed = { operator: 'ada', reason: 'it is meant' };
const rows = async (sql: string) => (await execution.database.pool.query(sql)).rows;

describe('approve', () => {
  const approve = (entry_id: number, more: object = {}) =>
    drains.invoke({ action: 'approve', ...signed, entry_id, ...more });

  test('what a guard stopped goes on as it stands, with who and why (invariant 13)', async () => {
    await execution.invoke([submission(createDocument('.env.1', 'A=1'))]);
    const named = { action: 'approve', entry_id: 1, task_id: 1 };
    assert.deepEqual(await approve(1, { dry_run: true }), { ok: true, ...named, dry_run: true });
    assert.equal((await execution.task(1)).status, 'blocked');
    assert.deepEqual(await approve(1), {
      ok: true,
      ...named,
      dry_run: false,
      error_codes: ['PATH_PROTECTED'],
    });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    await drains.work();
    assert.equal((await execution.task(1)).status, 'completed');
    assert.equal(await execution.read('.env.1'), 'A=1\n');
    assert.deepEqual(await rows('select task_id, approved_by, reason from jr_task_approvals'), [
      { task_id: 1, approved_by: 'ada', reason: 'it is meant' },
    ]);
    const again = await approve(1);
    assert.partialDeepStrictEqual(again, { ok: false, ...named, error: { kind: 'refused' } });
    assert.match(JSON.stringify(again), /Entry 1 is resolved already/);
  });

  test('what waits for nobody, or for the Council, is refused; an entry that there is not is usage', async () => {
    await execution.invoke([
      submission(editDocument('nothing.txt', 'a', 'b')),
      submission(createDocument('b.txt', 'b'), { requires_council_approval: true }),
    ]);
    for (const dry_run of [true, false]) {
      assert.match(
        JSON.stringify(await approve(2, { dry_run })),
        /Task 1 is failed and waits for no approval: replay, resolve or abandon it/,
      );
      assert.match(
        JSON.stringify(await approve(1, { dry_run })),
        /Task 2 waits for the approval of the Council/,
      );
      assert.partialDeepStrictEqual(await approve(9, { dry_run }), { ok: false, error: { kind: 'usage' } });
    }
    assert.deepEqual(await rows('select status from jr_work_queue order by id'), [
      { status: 'failed' },
      { status: 'blocked' },
    ]);
  });
});

describe('vote', () => {
  const vote = (operator: string, more: object = {}) =>
    drains.invoke({ action: 'vote', ...signed, operator, entry_id: 1, vote: 'approve', ...more });

  test('two equal votes of two people decide, and what they decide is done', async () => {
    await execution.invoke([
      submission(createDocument('council.txt', 'c'), { requires_council_approval: true }),
    ]);
    assert.partialDeepStrictEqual(await vote('ada', { dry_run: true }), { ok: true, task_id: 1 });
    assert.deepEqual(await rows('select voter from jr_council_votes'), []);
    const counted = { ok: true, decided: false, votes: 1, needed: 2 };
    assert.partialDeepStrictEqual(await vote('ada'), counted);
    assert.partialDeepStrictEqual(await vote('ada'), counted);
    assert.deepEqual(execution.rung, []);
    assert.partialDeepStrictEqual(await vote('grace'), { ok: true, decided: true, votes: 2, needed: 2 });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    await drains.work();
    assert.equal((await execution.task(1)).status, 'completed');
  });

  test('an entry below level 3 is refused, one that there is not is usage', async () => {
    await execution.invoke([submission(createDocument('.env.2', 'A=1'))]);
    for (const dry_run of [true, false]) {
      assert.match(JSON.stringify(await vote('ada', { dry_run })), /Entry 1 is at level 2/);
      const unknown = await vote('ada', { dry_run, entry_id: 9 });
      assert.partialDeepStrictEqual(unknown, { ok: false, error: { kind: 'usage' } });
    }
  });

  test('another word than the three names the field', async () => {
    await assert.rejects(
      vote('ada', { vote: 'maybe' }),
      /^Error: vote: expected one of retry, abandon, approve\.$/,
    );
  });
});

describe('resolve and abandon', () => {
  test('what is closed is closed though the queue is away: a sweep rings for what it left half-written', async () => {
    await execution.invoke([submission(editDocument('nothing.txt', 'a', 'b'))]);
    await execution.database.pool.query(
      'insert into jr_task_checkpoints (task_id, updated_at) values (1, $1)',
      [execution.now],
    );
    const away = () => Promise.reject(new JrError('QUEUE_UNAVAILABLE', 'The queue does not answer.'));
    const queue = { ...drains.deps.queue, ring: away };
    const answer = await drains.invoke(
      { action: 'abandon', ...signed, entry_id: 1 },
      { ...drains.deps, queue },
    );
    assert.partialDeepStrictEqual(answer, { ok: true, task_id: 1 });
    assert.equal((await execution.task(1)).status, 'cancelled');
    assert.partialDeepStrictEqual(await sweep(() => 60_000, ladderOf(execution).deps), { half_written: 0 });
    execution.now = new Date(execution.now.getTime() + 120_000);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, ladderOf(execution).deps), { half_written: 1 });
  });
});
