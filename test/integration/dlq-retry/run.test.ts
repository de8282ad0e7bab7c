import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import { takeDeadLetters } from '../../../functions/dlq-retry/take-dead-letters.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { postgresLadderLedger } from '../../../shared/adapters/postgres/sweep-ladder.ts';
import type { Alert } from '../../../shared/domain/alert.ts';
import type { Announcement } from '../../../shared/domain/announcement.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import type { Workspace } from '../../../shared/ports/workspace.ts';
import { createExecution, type Execution, ladderOf } from '../../support/execution.ts';
import { bell, createDocument, editDocument, submission } from '../../support/messages.ts';
import { recordStatements } from '../../support/statements.ts';

let execution: Execution;
let start: Date;
before(async () => {
  execution = await createExecution();
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.rung.length = 0;
  execution.scheduled.clear();
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
});

function advance(seconds: number): void {
  execution.now = new Date(execution.now.getTime() + seconds * 1000);
}

async function entries() {
  const { rows } = await execution.database.pool.query('select * from jr_failed_tasks_dlq order by id');
  return rows;
}

/** A workspace whose disk is briefly away when something is written. */
function awayWorkspace(): Workspace {
  return {
    ...execution.deps.workspace,
    write: () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is away.')),
  };
}

/** A workspace under whose hands the process dies. */
function deadlyWorkspace(): Workspace {
  return { ...execution.deps.workspace, load: () => Promise.reject(new TypeError('killed')) };
}

describe('the orderly road', () => {
  test('a transient failure is one transaction of three statements, rings after 2 minutes, and its success resolves the entry', async () => {
    const document = submission(createDocument('retried.txt', 'x'));
    const statements = await recordStatements(() =>
      execution.invoke([document], { workspace: awayWorkspace() }),
    );
    // takeIn, claim, recordPlans, the transaction that was rolled back (begin, lock, rollback), settle
    assert.equal(statements.length, 7, statements.join('\n'));
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'failed', attempt_count: 1 });
    assert.partialDeepStrictEqual(await entries(), [
      {
        original_task_id: 1,
        error_code: 'WORKSPACE_IO',
        error_class: 'transient',
        resolution_status: 'retrying',
        retry_count: 1,
        escalation_level: 0,
        next_retry_timestamp: new Date(start.getTime() + 120_000),
      },
    ]);
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 120 }]);

    advance(119);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    advance(1);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.partialDeepStrictEqual(await entries(), [
      { resolution_status: 'resolved', resolved_at: execution.now, next_retry_timestamp: null },
    ]);
    assert.equal(await execution.read('retried.txt'), 'x\n');
  });

  test('after max_retries the TPM has it, in the one entry that it always had (invariant 8)', async () => {
    const workspace = awayWorkspace();
    await execution.invoke([submission(createDocument('never.txt', 'x'))], { workspace });
    for (const seconds of [120, 240, 480]) {
      advance(seconds);
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)], { workspace }), {
        claimed: 1,
        failed: 1,
      });
    }
    advance(10_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    assert.partialDeepStrictEqual(await entries(), [
      {
        resolution_status: 'unresolved',
        escalation_level: 2,
        assigned_escalation_target: 'TPM',
        retry_count: 3,
      },
    ]);
    assert.equal((await entries()).length, 1);
  });

  test('a permanent failure goes to the TPM at once, one that needs an approval blocks (invariants 8 and 10)', async () => {
    await execution.put('exists.txt', 'was\n');
    await execution.invoke([
      submission(editDocument('nowhere.txt', 'a', 'b')),
      submission(createDocument('exists.txt', 'is')),
    ]);
    assert.partialDeepStrictEqual(await entries(), [
      {
        original_task_id: 1,
        error_code: 'FILE_NOT_FOUND',
        escalation_level: 2,
        step_number: 1,
        notified_at: null,
      },
      { original_task_id: 2, error_code: 'FILE_EXISTS', error_class: 'approval', escalation_level: 2 },
    ]);
    assert.equal((await execution.task(2)).status, 'blocked');
  });

  test('a wait that SQS does not know is a one-time schedule', async () => {
    const rules = { ...execution.deps.rules, retry_base_seconds: 1_000, retry_cap_seconds: 3_600 };
    await execution.invoke([submission(createDocument('long.txt', 'x'))], {
      workspace: awayWorkspace(),
      rules,
    });
    assert.deepEqual(execution.rung, []);
    assert.deepEqual([...execution.scheduled], [[1, new Date(start.getTime() + 2_000_000)]]);
    advance(2_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(execution.scheduled.size, 0);
  });
});

describe('the crash road', () => {
  test('a task that kills its process three times is not run again and climbs to the TPM as CRASHED', async () => {
    const document = submission(createDocument('deadly.txt', 'x'));
    for (let i = 0; i < 3; i++) {
      assert.deepEqual((await execution.invoke([document], { workspace: deadlyWorkspace() })).returned, [
        document.messageId,
      ]);
      advance(360);
    }
    const { deps } = ladderOf(execution);
    assert.partialDeepStrictEqual(await takeDeadLetters([document], 1, deps), { raised: 1, retrying: 0 });
    assert.partialDeepStrictEqual(await execution.task(1), {
      status: 'failed',
      attempts: [{ outcome: 'crashed' }, { outcome: 'crashed' }, { outcome: 'crashed' }],
    });
    assert.partialDeepStrictEqual(await entries(), [
      { error_code: 'CRASHED', error_class: 'poison', escalation_level: 2 },
    ]);
    assert.match((await entries())[0].failure_reason, /ended 3 times without a word/);
    assert.partialDeepStrictEqual(await execution.invoke([document]), { claimed: 0 });
  });

  test('the same is noticed by a bell that comes on the task queue', async () => {
    const document = submission(createDocument('deadly.txt', 'x'));
    for (let i = 0; i < 3; i++) {
      await execution.invoke([document], { workspace: deadlyWorkspace() });
      advance(360);
    }
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    assert.partialDeepStrictEqual(await entries(), [{ error_code: 'CRASHED', escalation_level: 2 }]);
  });

  test('a submission that the ledger never saw is taken in and tried again at level 1, whatever level it climbed to', async () => {
    const { deps } = ladderOf(execution);
    const document = submission(createDocument('climbed.txt', 'x'));
    assert.partialDeepStrictEqual(await takeDeadLetters([document], 2, deps), { retrying: 1, raised: 0 });
    assert.partialDeepStrictEqual(await entries(), [
      {
        error_code: 'LEDGER_UNAVAILABLE',
        escalation_level: 1,
        retry_count: 0,
        resolution_status: 'retrying',
      },
    ]);
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  });

  test('what may not run yet is not tried: it waits for its parent, its time or the Council as it would have', async () => {
    const { deps } = ladderOf(execution);
    await execution.invoke([submission(createDocument('parent.txt', 'x'))], { workspace: awayWorkspace() });
    const document = (name: string) => createDocument(name, 'x');
    const [late, child] = [{ not_before: new Date(start.getTime() + 3_600_000) }, { parent_task_id: 1 }].map(
      (fields, n) => submission(document(`${n}.txt`), fields),
    );
    assert.ok(late && child);
    assert.partialDeepStrictEqual(await takeDeadLetters([late, child], 1, deps), { retrying: 0, busy: 2 });
    await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_content, requires_council_approval) values ('asks', $1, true)`,
      [document('asks.txt')],
    );
    assert.partialDeepStrictEqual(await takeDeadLetters([bell(4)], 1, deps), { retrying: 0, busy: 1 });

    advance(60);
    await execution.invoke([bell(2), bell(3), bell(4)]);
    const statuses = async () =>
      await Promise.all([2, 3, 4].map(async id => (await execution.task(id)).status));
    assert.deepEqual(await statuses(), ['pending', 'blocked', 'blocked']);
    advance(60);
    await execution.invoke([bell(1)]);
    assert.deepEqual(await statuses(), ['pending', 'pending', 'blocked']);
    advance(3_600);
    await execution.invoke([bell(2), bell(3), bell(4)]);
    assert.deepEqual(await statuses(), ['completed', 'completed', 'blocked']);
  });

  test('who keeps the entry of one locked keeps the others of its batch from nothing: it is looked at again', async () => {
    const { deps } = ladderOf(execution);
    await execution.invoke([submission(createDocument('kept.txt', 'x'))], { workspace: awayWorkspace() });
    advance(300);
    await execution.invoke([bell(1)], { workspace: deadlyWorkspace() });
    advance(360);
    execution.rung.length = 0;
    const person = await execution.database.pool.connect();
    await person.query('begin');
    await person.query('select from jr_failed_tasks_dlq for update');
    try {
      const arrived = [bell(1), submission(createDocument('beside.txt', 'x'))];
      assert.partialDeepStrictEqual(await takeDeadLetters(arrived, 1, deps), { retrying: 1, busy: 1 });
    } finally {
      await person.query('rollback');
      person.release();
    }
    assert.partialDeepStrictEqual(execution.rung, [
      { taskId: 2, delaySeconds: 0 },
      { taskId: 1, delaySeconds: 30 },
    ]);
    assert.partialDeepStrictEqual(await takeDeadLetters([bell(1)], 1, deps), { retrying: 1 });
  });

  test('a message for what is done, failed or runs elsewhere changes nothing', async () => {
    const { deps } = ladderOf(execution);
    await execution.invoke([submission(createDocument('done.txt', 'x'))]);
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
    await execution.invoke([submission(createDocument('runs.txt', 'x'))], { workspace: deadlyWorkspace() });
    const before = await entries();
    assert.partialDeepStrictEqual(await takeDeadLetters([1, 2, 3, 4711].map(bell), 1, deps), {
      received: 4,
      retrying: 0,
      raised: 0,
      busy: 1,
    });
    assert.deepEqual(await entries(), before);
    assert.deepEqual(execution.rung.at(-1), { taskId: 3, delaySeconds: 75 });
  });
});

const trouble: Alert = {
  name: 'smoke',
  target: 'operations',
  summary: 'Smoke rises.',
  evidence: { floors: 3 },
  nextAction: 'jr doctor',
};

describe('the minute sweep', () => {
  const sweepNow = async (ladder = ladderOf(execution)) => await sweep(() => 60_000, ladder.deps);

  test('rings what lost its bell a minute after its time, once, and again after five more', async () => {
    await execution.invoke([submission(createDocument('lost.txt', 'x'))], { workspace: awayWorkspace() });
    execution.rung.length = 0;
    advance(120 + 59);
    assert.partialDeepStrictEqual(await sweepNow(), { rung: 0 });
    advance(1);
    assert.partialDeepStrictEqual(await sweepNow(), { rung: 1 });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    assert.partialDeepStrictEqual(await sweepNow(), { rung: 0 });
    advance(301);
    assert.partialDeepStrictEqual(await sweepNow(), { rung: 1 });
  });

  test('two sweeps at once ring each entry once', async () => {
    const documents = Array.from({ length: 10 }, (_, n) => submission(createDocument(`two/${n}.txt`, 'x')));
    await execution.invoke(documents, { workspace: awayWorkspace() });
    advance(300);
    const sweeps = await Promise.all([sweepNow(), sweepNow()]);
    assert.equal(
      sweeps.reduce((sum, { rung }) => sum + rung, 0),
      10,
    );
  });

  test('what is too old never fires by itself: it is raised to the TPM (invariant 10)', async () => {
    await execution.invoke([submission(createDocument('old.txt', 'x'))], { workspace: awayWorkspace() });
    advance(execution.deps.rules.max_age_days * 86_400);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    assert.partialDeepStrictEqual(await sweepNow(), { rung: 0, too_old: 1 });
    assert.partialDeepStrictEqual(await entries(), [
      { resolution_status: 'unresolved', escalation_level: 2 },
    ]);
    assert.equal(await execution.read('old.txt'), null);
  });

  test('what the TPM leaves unanswered goes to the Council after tpm_sla_minutes, and each is told once', async () => {
    const ladder = ladderOf(execution);
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'), { title: 'Mend it' })]);
    assert.partialDeepStrictEqual(await sweepNow(ladder), { notified: 1, unanswered: 0 });
    assert.partialDeepStrictEqual(await sweepNow(ladder), { notified: 0 });
    advance(execution.deps.rules.tpm_sla_minutes * 60);
    assert.partialDeepStrictEqual(await sweepNow(ladder), { notified: 1, unanswered: 1 });
    assert.partialDeepStrictEqual(await sweepNow(ladder), { notified: 0, unanswered: 0 });
    assert.partialDeepStrictEqual(ladder.published, [
      { id: 'entry-1-level-2', target: 'TPM', subject: '[jr-executor] TPM: task 1 FILE_NOT_FOUND' },
      { id: 'entry-1-level-3', target: 'Council' },
    ]);
    assert.match(ladder.published[0]?.text ?? '', /^Mend it [\s\S]* nowhere.txt: FILE_NOT_FOUND/);
  });

  test('of many steps a notice tells those that failed, and how many others there are', async () => {
    const ladder = ladderOf(execution);
    const documents = Array.from({ length: 30 }, (_, n) => createDocument(`many/${n}.txt`, 'x'));
    await execution.invoke([submission([...documents, editDocument('nowhere.txt', 'a', 'b')].join('\n'))]);
    await sweepNow(ladder);
    const text = ladder.published[0]?.text ?? '';
    assert.match(text, /\n {2}1 create many\/0\.txt: pending\n/);
    assert.match(
      text,
      /\n {2}31 search_replace nowhere\.txt: FILE_NOT_FOUND.*\n {2}and 11 more of its steps\n/,
    );
  });

  test('the deadline of the TPM has a one-time schedule, removed when the entry was answered before', async () => {
    const ladder = ladderOf(execution);
    const at = new Date(execution.now.getTime() + execution.deps.rules.tpm_sla_minutes * 60_000);
    await execution.invoke([1, 2].map(n => submission(editDocument(`nowhere/${n}.txt`, 'a', 'b'))));
    await sweepNow(ladder);
    const wakeUp = { name: 'jr-deadline-1', functionName: 'dlq-retry', payload: {}, at };
    assert.deepEqual(execution.wakeUps.get('jr-deadline-1'), wakeUp);
    assert.ok(execution.wakeUps.has('jr-deadline-2'));
    const operations = postgresOperations(execution.database.pool);
    await operations.resolve({ entryId: 1 }, { by: 'ada', reason: null }, execution.now);
    await sweepNow(ladder);
    assert.deepEqual([...execution.wakeUps.keys()], ['jr-deadline-2']);
    execution.wakeUps.clear();
  });

  test('a schedule that cannot be made is no failure: the notice went out, and the sweep finds the deadline', async () => {
    const ladder = ladderOf(execution);
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
    const away = () => Promise.reject(new Error('away'));
    const deps = { ...ladder.deps, wakeUps: { set: away, remove: away } };
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { notified: 1, unpublished: 0 });
    advance(deps.rules.tpm_sla_minutes * 60);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { unanswered: 1, notified: 1 });
  });

  test('a notice that cannot be published is tried again and stops no other', async () => {
    const ladder = ladderOf(execution);
    await execution.invoke([1, 2].map(n => submission(editDocument(`nowhere/${n}.txt`, 'a', 'b'))));
    let calls = 0;
    const notifier = {
      publish: async () => {
        calls += 1;
        if (calls === 1) throw new Error('the topic is away');
      },
    };
    const deps = { ...ladder.deps, notifier };
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { notified: 1, unpublished: 1 });
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { notified: 1, unpublished: 0 });
    assert.equal(calls, 3);
  });

  test('whoever keeps an entry locked is told of it once, when it is free, and keeps nobody from being told of the others', async t => {
    const documents = ['one', 'two'].map(name => submission(editDocument(`${name}.txt`, 'a', 'b')));
    await execution.invoke(documents);
    const { deps, published } = ladderOf(execution);
    const databaseUrl = `${execution.database.url}?lock_timeout=20`;
    const impatient = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
    t.after(() => impatient.end());
    const beside = { ...deps, ladderLedger: postgresLadderLedger(impatient) };
    const person = await execution.database.pool.connect();
    t.after(() => person.release(true));
    await person.query('begin');
    await person.query(
      `update jr_failed_tasks_dlq set resolution_notes = 'I look' where original_task_id = 1`,
    );
    for (let minute = 1; minute <= 2; minute += 1) {
      advance(60);
      assert.deepEqual((await sweep(() => 60_000, beside)).failed, []);
      assert.equal(published.length, 1);
    }
    await person.query('commit');
    for (let minute = 1; minute <= 2; minute += 1) {
      advance(60);
      await sweep(() => 60_000, beside);
      assert.equal(published.length, 2);
    }
  });

  test('while the Council cannot be told of more than a sweep tells, the TPM is', async () => {
    const { deps } = ladderOf(execution);
    await execution.database.pool.query(
      `with tasks as (
         insert into jr_work_queue (title, status) select 'old', 'failed' from generate_series(1, 120) returning id)
       insert into jr_failed_tasks_dlq (original_task_id, failure_reason, escalation_level, assigned_escalation_target, raised_at)
       select id, 'why', 3, 'Council', $1 from tasks`,
      [new Date(start.getTime() - 60_000)],
    );
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
    const notifier = {
      publish: async ({ target }: Announcement) => {
        if (target === 'Council') throw new Error('the topic is away');
      },
    };
    assert.partialDeepStrictEqual(await sweep(() => 60_000, { ...deps, notifier }), { notified: 1 });
  });

  test('a part that fails is named and stops no other: people are told while the queue is away', async () => {
    const ladder = ladderOf(execution);
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
    const away = () => Promise.reject(new JrError('QUEUE_UNAVAILABLE', 'The queue is away.'));
    const deps = { ...ladder.deps, deadLetters: { ...ladder.deps.deadLetters, receive: away } };
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { notified: 1, failed: ['fold back'] });
    assert.equal(ladder.published.length, 1);
  });

  test('an alert and its end are told once each, within a minute, and again until they are', async () => {
    const ladder = ladderOf(execution);
    const { alertLedger } = ladder.deps;
    const away = { ...ladder.deps, notifier: { publish: () => Promise.reject(new Error('away')) } };
    await alertLedger.observe('test', [trouble], execution.now);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, away), { alerted: 0, unpublished: 1 });
    assert.partialDeepStrictEqual(await sweepNow(ladder), { alerted: 1, unpublished: 0 });
    await alertLedger.observe('test', [trouble], execution.now);
    assert.partialDeepStrictEqual(await sweepNow(ladder), { alerted: 0 });
    advance(60);
    await alertLedger.observe('test', [], execution.now);
    assert.partialDeepStrictEqual(await sweepNow(ladder), { alerted: 1 });
    assert.partialDeepStrictEqual(await sweepNow(ladder), { alerted: 0 });
    assert.partialDeepStrictEqual(ladder.published, [
      { target: 'operations', subject: '[jr-executor] ALERT: test, smoke' },
      { target: 'operations', subject: '[jr-executor] over: test, smoke' },
    ]);
    assert.match(ladder.published[0]?.text ?? '', /^Smoke rises\.[\s\S]*floors: 3[\s\S]*Do now: jr doctor$/);
    assert.match(
      ladder.published[1]?.text ?? '',
      /^Over since 2026-03-01T12:01:00.000Z, begun 2026-03-01T12:00/,
    );
  });

  test('level 3 is folded back: what lacked the ledger before or while it ran is retried, what had crashed goes to the Council', async () => {
    const ladder = ladderOf(execution);
    const innocent = submission(createDocument('innocent.txt', 'x'));
    const underWay = submission(createDocument('under-way.txt', 'x'));
    const guilty = submission(createDocument('guilty.txt', 'x'));
    await execution.invoke([guilty], { workspace: deadlyWorkspace() });
    advance(360);
    for (const cutOff of [guilty, underWay])
      await execution.invoke([cutOff], { workspace: deadlyWorkspace() });
    advance(360);
    ladder.council.push(innocent, underWay, guilty);
    assert.partialDeepStrictEqual(await sweepNow(ladder), { folded: 3, notified: 1 });
    assert.deepEqual(ladder.council, []);
    const { rows } = await execution.database.pool.query(
      'select w.task_key, d.escalation_level, d.resolution_status from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id order by d.escalation_level, d.original_task_id desc',
    );
    assert.deepEqual(rows, [
      { task_key: innocent.messageId, escalation_level: 1, resolution_status: 'retrying' },
      { task_key: underWay.messageId, escalation_level: 1, resolution_status: 'retrying' },
      { task_key: guilty.messageId, escalation_level: 3, resolution_status: 'unresolved' },
    ]);
  });

  test('near its deadline it begins nothing and loses nothing', async () => {
    const ladder = ladderOf(execution);
    await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
    assert.partialDeepStrictEqual(await sweep(() => 5_000, ladder.deps), { notified: 0, folded: 0 });
    assert.partialDeepStrictEqual(await sweepNow(ladder), { notified: 1 });
  });
});
