import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { postgresLedgerView } from '../../shared/adapters/postgres/view-tasks.ts';
import { JrError } from '../../shared/domain/failure.ts';
import type { Lease, TaskResult } from '../../shared/domain/task.ts';
import type {
  ClaimedTask,
  IncomingSubmission,
  Ledger,
  Settlement,
  StepRecord,
} from '../../shared/ports/ledger.ts';
import type { Restored } from '../../shared/ports/workspace.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { disagreements } from '../support/disagreements.ts';
import { incoming } from '../support/submissions.ts';

const now = new Date('2026-03-01T12:00:00Z');
/** Nothing is too old and nothing is poison, unless a test says so. */
const limits = { oldestEntry: new Date(0), maxCrashes: 3 };
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

let database: TestDatabase;
let ledger: Ledger;

before(async () => {
  database = await createDatabase();
  ledger = postgresLedger(database.pool);
});
after(() => database.drop());
beforeEach(async () => {
  await database.owner.query('truncate jr_work_queue, jr_rejected_submissions restart identity cascade');
  await database.pool.query(`update jr_control set value = 'false' where name = 'claims_paused'`);
});

async function submit(...submissions: IncomingSubmission[]): Promise<number[]> {
  const { taskIds } = await ledger.takeIn({ submissions, rejections: [], window: 200 }, now);
  return submissions.map(({ messageId }) => {
    const id = taskIds.get(messageId);
    assert.ok(id !== undefined, 'the submission was taken in');
    return id;
  });
}

async function claim(taskIds: number[], at = now, by = 'test'): Promise<readonly ClaimedTask[]> {
  const leaseUntil = new Date(at.getTime() + 60_000);
  const claims = await ledger.claimTasks({
    taskIds,
    now: at,
    leaseUntil,
    functionRequestId: by,
    ...limits,
  });
  return claims.tasks;
}

async function claimOne(at = now): Promise<ClaimedTask> {
  const [task] = await claim(await submit(incoming()), at);
  assert.ok(task);
  return task;
}

async function row(id: number) {
  const { rows } = await database.pool.query('select * from jr_work_queue where id = $1', [id]);
  return rows[0];
}

/** The attempts of a task as people see them, the one that runs included. */
async function attempts(id: number) {
  const task = await postgresLedgerView(database.pool).getTask(id);
  return (task?.attempts ?? []).map(({ attempt, outcome, error_code }) => ({ attempt, outcome, error_code }));
}

/** What is kept of the attempts of a task that have ended. */
async function ended(id: number) {
  const { rows } = await database.pool.query(
    `select attempt, epoch, outcome, started_at, ended_at, function_request_id from jr_task_attempts
     where task_id = $1 order by attempt`,
    [id],
  );
  return rows;
}

const result: TaskResult = {
  files_changed: 1,
  steps_total: 1,
  steps_applied: 1,
  steps_already_applied: 0,
  lines_added: 1,
  lines_removed: 0,
  duration_ms: 5,
};

const step: StepRecord = {
  stepNumber: 1,
  stepType: 'create',
  targetFile: 'a.txt',
  contentHash: 'c1'.repeat(32),
  beforeSha256: null,
  afterSha256: 'ff'.repeat(32),
  executionResult: 'pending',
  executionTimeMs: null,
  errorDetail: null,
};

/** Where the ladder takes what is permanent. */
const toTpm = {
  errorClass: 'permanent',
  stepNumber: null,
  maxRetries: 3,
  approvalNeeded: null,
  entry: { status: 'unresolved', level: 2, retryCount: 0 },
} as const;

function completion({ lease }: ClaimedTask, steps: StepRecord[] = []): Settlement {
  return { lease, end: { outcome: 'completed', result, artifacts: ['a.txt'], statusMessage: 'done' }, steps };
}

describe('taking in', () => {
  test('a batch becomes tasks whose correlation id is the message id', async () => {
    const messages = [
      incoming({ title: 'one', priority: 2 }),
      incoming({ title: 'two', assignedJr: 'Vision Jr.' }),
    ];
    const [one, two] = await submit(...messages);
    assert.partialDeepStrictEqual(await row(one ?? 0), {
      title: 'one',
      priority: 2,
      status: 'pending',
      task_key: messages[0]?.messageId,
      assigned_jr: null,
    });
    assert.partialDeepStrictEqual(await row(two ?? 0), {
      title: 'two',
      priority: 5,
      assigned_jr: 'Vision Jr.',
    });
  });

  test('a second delivery of a message finds the task of the first (invariant 5)', async () => {
    const message = incoming();
    assert.deepEqual(await submit(message), await submit(message));
    const { rows } = await database.pool.query('select count(*) as n from jr_work_queue');
    assert.equal(rows[0].n, 1);
  });

  test('so does one that would be refused by now: its Jr was given another name in the meantime', async () => {
    const message = incoming({ assignedJr: 'Vision Jr.' });
    const taskIds = await submit(message);
    const rename = 'update jr_status set jr_name = $2 where jr_name = $1';
    await database.pool.query(rename, ['Vision Jr.', 'Camera Jr.']);
    const again = await ledger.takeIn({ submissions: [message], rejections: [], window: 200 }, now);
    await database.pool.query(rename, ['Camera Jr.', 'Vision Jr.']);
    assert.deepEqual([[...again.taskIds.values()], again.rejected], [taskIds, []]);
  });

  test('so does one whose document is refused by now: its task is not told to be none', async () => {
    const message = incoming();
    const taskIds = await submit(message);
    const rejections = [{ ...message, reason: 'instruction_file: nothing to execute.' }];
    const again = await ledger.takeIn({ submissions: [], rejections, window: 200 }, now);
    assert.deepEqual([[...again.taskIds.values()], again.rejected], [taskIds, []]);
    const { rows } = await database.pool.query('select count(*) as n from jr_rejected_submissions');
    assert.equal(rows[0].n, 0);
  });

  test('one dedupe key is one task: in a batch, in two batches and in two at once', async () => {
    const twice = [incoming({ dedupeKey: 'k' }), incoming({ dedupeKey: 'k' })];
    const [first, second] = await submit(...twice);
    assert.equal(first, second);
    assert.deepEqual(await submit(incoming({ dedupeKey: 'k' })), [first]);
    const racing = await Promise.all(
      Array.from({ length: 8 }, () => submit(incoming({ dedupeKey: 'race' }))),
    );
    assert.equal(new Set(racing.flat()).size, 1);
  });

  test('an unregistered Jr and a missing parent are refused by name, the rest of the batch is taken in', async () => {
    const bad = incoming({ assignedJr: 'Softwear Engineer Jr.' });
    const orphan = incoming({ parentTaskId: 4711 });
    const good = incoming();
    const { taskIds, rejected } = await ledger.takeIn(
      { submissions: [bad, orphan, good], rejections: [], window: 200 },
      now,
    );
    assert.deepEqual([...taskIds.keys()], [good.messageId]);
    assert.match(
      rejected[0]?.reason ?? '',
      /^assigned_jr: "Softwear Engineer Jr\." is not a registered Jr; .*"Vision Jr\."/,
    );
    assert.match(rejected[1]?.reason ?? '', /^parent_task_id: there is no task 4711/);
  });

  test('a rejection is recorded once, whatever its body holds, and without its secrets (invariant 14)', async () => {
    const body = '{"password": "hunter22secret"}\u0000\ud800';
    const rejection = { messageId: 'm-1', body, reason: 'title: expected a text.' };
    await ledger.takeIn({ submissions: [], rejections: [rejection], window: 200 }, now);
    await ledger.takeIn({ submissions: [], rejections: [rejection], window: 200 }, now);
    const { rows } = await database.pool.query(
      'select message_id, reason, body, body_bytes from jr_rejected_submissions',
    );
    assert.deepEqual(rows, [
      {
        message_id: 'm-1',
        reason: 'title: expected a text.',
        body: '{"password": "[redacted]"}\ufffd\ufffd',
        body_bytes: Buffer.byteLength(body),
      },
    ]);
  });

  test('a rejected submission holds no half of a credential at the end of what is kept of it (invariant 14)', async () => {
    const password = 'hunter2hunter2';
    const body = `${'x'.repeat(4_070)} postgres://jr:${password}@ledger`;
    const reason = `${'x'.repeat(975)} postgres://jr:${password}@ledger`;
    await ledger.takeIn(
      { submissions: [], rejections: [{ messageId: 'long', body, reason }], window: 200 },
      now,
    );
    const { rows } = await database.pool.query('select reason, body from jr_rejected_submissions');
    assert.doesNotMatch(JSON.stringify(rows), /hunter/);
  });

  test('what needs the approval of the Council waits blocked and is not claimed', async () => {
    const ids = await submit(incoming({ requiresCouncilApproval: true }));
    assert.equal((await row(ids[0] ?? 0)).status, 'blocked');
    assert.deepEqual(await claim(ids), []);
    const { rows } = await database.pool.query(
      'select escalation_level, assigned_escalation_target, error_code from jr_failed_tasks_dlq',
    );
    const entry = {
      escalation_level: 3,
      assigned_escalation_target: 'Council',
      error_code: 'APPROVAL_REQUIRED',
    };
    assert.deepEqual(rows, [entry]);
    assert.deepEqual(await disagreements(database.pool), []);
  });

  test('so does one that was inserted by SQL, as soon as a bell finds it, with its entry (invariant 8)', async () => {
    const { rows } = await database.pool.query(
      `insert into jr_work_queue (title, requires_council_approval) values ('by SQL', true) returning id`,
    );
    const id = rows[0].id;
    assert.deepEqual(await claim([id]), []);
    assert.deepEqual(await claim([id]), []);
    assert.equal((await row(id)).status, 'blocked');
    const entries = await database.pool.query('select escalation_level, error_code from jr_failed_tasks_dlq');
    assert.deepEqual(entries.rows, [{ escalation_level: 3, error_code: 'APPROVAL_REQUIRED' }]);
  });

  test('tasks that were brought by SQL with ids of their own keep a batch out once, not until their ids are used up', async () => {
    await database.pool.query(
      `insert into jr_work_queue (id, title, status) select id, 'old', 'cancelled' from generate_series(1, 1000) id`,
    );
    const messages = [incoming(), incoming()];
    await assert.rejects(submit(...messages), { code: 'LEDGER_UNAVAILABLE' });
    assert.deepEqual(await submit(...messages), [1001, 1002]);
  });

  test('a message id that is no UUID still finds its task again', async () => {
    assert.deepEqual(
      await submit(incoming({}, 'made-by-hand-1')),
      await submit(incoming({}, 'made-by-hand-1')),
    );
  });
});

describe('claiming', () => {
  test('gives a lease, an epoch and an attempt that is seen to run', async () => {
    const task = await claimOne();
    assert.partialDeepStrictEqual(task, {
      lease: { epoch: 1, attempt: 1, expiresAt: later(60) },
      evidence: [],
    });
    assert.partialDeepStrictEqual(await row(task.lease.taskId), { status: 'in_progress', lease_epoch: 1 });
    assert.deepEqual(await attempts(task.lease.taskId), [{ attempt: 1, outcome: null, error_code: null }]);
  });

  test('two racing claims of ten tasks: each task is claimed once', async () => {
    const ids = await submit(...Array.from({ length: 10 }, () => incoming()));
    const claims = await Promise.all([claim(ids), claim(ids), claim(ids), claim(ids)]);
    const claimed = claims.flat().map(({ lease }) => lease.taskId);
    assert.deepEqual(
      claimed.sort((a, b) => a - b),
      ids,
    );
  });

  test('comes in order of service', async () => {
    const ids = await submit(
      incoming({ title: 'ordinary' }),
      incoming({ title: 'first priority', priority: 1 }),
      incoming({ title: 'sacred', sacredFirePriority: 13, priority: 9 }),
    );
    assert.deepEqual(
      (await claim(ids)).map(({ title }) => title),
      ['sacred', 'first priority', 'ordinary'],
    );
  });

  test('leaves alone what is terminal, not due, or set to running by SQL (invariant 11)', async () => {
    const ids = await submit(
      ...Array.from({ length: 4 }, () => incoming()),
      incoming({ notBefore: later(5) }),
    );
    const states = ['completed', 'cancelled', 'failed', 'in_progress'];
    for (const [i, status] of states.entries()) {
      await database.pool.query('update jr_work_queue set status = $2 where id = $1', [ids[i], status]);
    }
    assert.deepEqual(await claim(ids), []);
    assert.equal((await claim(ids, later(5))).length, 1);
  });

  test('stops while claims are paused and uses nothing up (invariant 12)', async () => {
    const ids = await submit(incoming());
    await database.pool.query(`update jr_control set value = 'true' where name = 'claims_paused'`);
    assert.deepEqual(await claim(ids), []);
    assert.equal((await row(ids[0] ?? 0)).attempt_count, 0);
  });

  test('a living lease is left alone; one that ran out is taken over with a higher epoch, its attempt crashed', async () => {
    const { lease } = await claimOne();
    const request = { now: later(59), leaseUntil: later(119), functionRequestId: 'test', ...limits };
    assert.deepEqual(await ledger.claimTasks({ taskIds: [lease.taskId], ...request }), {
      tasks: [],
      busy: [{ taskId: lease.taskId, leaseExpiresAt: later(60) }],
      poison: [],
      deferred: [],
      torn: [],
      completed: [],
      unknown: [],
      crowded: [],
      backlog: false,
    });
    const [again] = await claim([lease.taskId], later(60));
    assert.partialDeepStrictEqual(again?.lease, { epoch: 2, attempt: 2 });
    assert.deepEqual(await attempts(lease.taskId), [
      { attempt: 1, outcome: 'crashed', error_code: 'CRASHED' },
      { attempt: 2, outcome: null, error_code: null },
    ]);
  });

  test('each attempt keeps its number, epoch, times and invocation, whoever ends it', async () => {
    const [id] = await submit(incoming());
    assert.ok(id !== undefined);
    await claim([id], now, 'died');
    const [second] = await claim([id], later(60), 'ended');
    assert.ok(second);
    const interrupted = { outcome: 'interrupted', statusMessage: 'interrupted' } as const;
    await ledger.settle([{ lease: second.lease, end: interrupted, steps: [] }], later(70));
    await claim([id], later(80), 'died too');
    // As the SQL of the old system did it with what hung.
    await database.pool.query(`update jr_work_queue set status = 'pending', attempt_count = 0`);
    const [fourth] = await claim([id], later(140), 'runs');
    assert.partialDeepStrictEqual(fourth?.lease, { attempt: 4, epoch: 4 });
    const each = (n: number, outcome: string, from: number, to: number, by: string) => ({
      attempt: n,
      epoch: n,
      outcome,
      started_at: later(from),
      ended_at: later(to),
      function_request_id: by,
    });
    assert.deepEqual(await ended(id), [
      each(1, 'crashed', 0, 60, 'died'),
      each(2, 'interrupted', 60, 70, 'ended'),
      each(3, 'crashed', 80, 140, 'died too'),
    ]);
    assert.deepEqual((await attempts(id)).at(-1), { attempt: 4, outcome: null, error_code: null });
  });

  test('waits for no task that somebody holds while it has the rows of Jrs: they would wait for each other', async () => {
    const [ours, held] = await submit(incoming({ assignedJr: 'Vision Jr.' }), incoming());
    assert.ok(ours !== undefined && held !== undefined);
    await database.pool.query(
      'update jr_work_queue set requires_council_approval = true, dispatched_at = null where id = $1',
      [held],
    );
    const other = await database.pool.connect();
    try {
      await other.query('begin');
      await other.query('select 1 from jr_work_queue where id = $1 for update', [held]);
      assert.equal((await claim([ours, held])).length, 1);
      await other.query('rollback');
    } finally {
      other.release();
    }
    await claim([held]);
    assert.equal((await row(held)).status, 'blocked');
  });

  test('one whose last attempt crashed is claimed alone, so that it takes nobody with it', async () => {
    const ids = await submit(incoming(), incoming(), incoming());
    const [, suspect = 0, other = 0] = ids;
    await claim([suspect, other]);
    const request = {
      taskIds: ids,
      now: later(60),
      leaseUntil: later(120),
      functionRequestId: 'test',
      ...limits,
    };
    const first = await ledger.claimTasks(request);
    assert.deepEqual(
      first.tasks.map(({ lease }) => lease.taskId),
      [suspect],
    );
    assert.deepEqual([...first.deferred].sort(), [ids[0], other]);
    const second = await ledger.claimTasks(request);
    assert.deepEqual(
      second.tasks.map(({ lease }) => lease.taskId),
      [other],
    );
    assert.deepEqual(second.deferred, [ids[0]]);
    assert.partialDeepStrictEqual(await ledger.claimTasks(request), {
      tasks: [{ lease: { taskId: ids[0] } }],
      deferred: [],
    });
  });

  test('so are those whose crashes a person has them tried again after: all would be poison for the crash of one', async () => {
    const ids = await submit(incoming(), incoming());
    await database.pool.query(
      `insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome)
       select id, n, n, $1, $1, case n when 1 then 'interrupted' else 'crashed' end
       from jr_work_queue, generate_series(1, 4) n`,
      [now],
    );
    const request = { taskIds: ids, now, leaseUntil: later(60), functionRequestId: 'test', ...limits };
    assert.partialDeepStrictEqual(await ledger.claimTasks(request), {
      tasks: [{ lease: { taskId: ids[0] } }],
      deferred: [ids[1]],
    });
  });
});

describe('recording plans', () => {
  test('what one attempt meant to do is evidence for the next', async () => {
    const task = await claimOne();
    const held = await ledger.recordPlans([{ lease: task.lease, steps: [step] }], now);
    assert.deepEqual([...held], [task.lease.taskId]);
    const [again] = await claim([task.lease.taskId], later(60));
    assert.deepEqual(again?.evidence, [
      {
        stepNumber: 1,
        contentHash: 'c1'.repeat(32),
        targetFile: 'a.txt',
        beforeSha256: null,
        afterSha256: 'ff'.repeat(32),
      },
    ]);
  });

  test('a checkpoint says how far it is and what it is about, and goes when the task is done', async () => {
    const task = await claimOne();
    const done = { ...step, executionResult: 'success' } as const;
    await ledger.recordPlans([{ lease: task.lease, steps: [done, { ...step, stepNumber: 2 }] }], now);
    const { rows } = await database.pool.query(
      'select last_completed_step, total_steps, checkpoint_data from jr_task_checkpoints',
    );
    assert.deepEqual(rows, [
      { last_completed_step: 1, total_steps: 2, checkpoint_data: { epoch: 1, files: ['a.txt'] } },
    ]);
    await ledger.settle([completion(task)], later(1));
    assert.equal((await database.pool.query('select 1 from jr_task_checkpoints')).rowCount, 0);
  });

  test('a new plan replaces the old one, also where it is shorter', async () => {
    const task = await claimOne();
    const first = { recorded: 'nothing', steps: [step, { ...step, stepNumber: 2 }] } as const;
    const held = await ledger.recordPlans([{ lease: task.lease, ...first }], now);
    assert.deepEqual([...held], [task.lease.taskId]);
    await ledger.recordPlans(
      [{ lease: task.lease, steps: [{ ...step, contentHash: 'c2'.repeat(32) }] }],
      now,
    );
    const { rows } = await database.pool.query(
      `select step_number, encode(step_content_hash, 'hex') as step_content_hash, total_steps
       from jr_step_rewards join jr_task_checkpoints using (task_id)`,
    );
    assert.deepEqual(rows, [{ step_number: 1, step_content_hash: 'c2'.repeat(32), total_steps: 1 }]);
  });

  test('no index knows what a plan changes of its task, which therefore needs no new entry in any of them', async () => {
    const { rows } = await database.pool.query(
      `select distinct a.attname as name
       from pg_index i
       join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = i.indexrelid and d.refobjid = i.indrelid
       join pg_attribute a on a.attrelid = i.indrelid and a.attnum = d.refobjsubid
       where i.indrelid = 'jr_work_queue'::regclass and a.attname in ('progress_percent', 'status_message', 'updated_at')`,
    );
    assert.deepEqual(rows, []);
  });

  test('an attempt that lost its lease records nothing (invariant 3)', async () => {
    const task = await claimOne();
    await claim([task.lease.taskId], later(60));
    const held = await ledger.recordPlans([{ lease: task.lease, steps: [step] }], later(61));
    assert.equal(held.size, 0);
    assert.equal((await database.pool.query('select 1 from jr_step_rewards')).rowCount, 0);
  });
});

describe('settling', () => {
  test('completes task, attempt, steps and checkpoint together', async () => {
    const task = await claimOne();
    await database.pool.query('insert into jr_task_checkpoints (task_id) values ($1)', [task.lease.taskId]);
    await ledger.settle(
      [completion(task, [{ ...step, executionResult: 'success', executionTimeMs: 5 }])],
      later(1),
    );
    assert.partialDeepStrictEqual(await row(task.lease.taskId), {
      status: 'completed',
      progress_percent: 100,
      lease_expires_at: null,
      result,
      artifacts: ['a.txt'],
      error_message: null,
      completed_at: later(1),
    });
    assert.partialDeepStrictEqual(await attempts(task.lease.taskId), [{ outcome: 'completed' }]);
    const { rows } = await database.pool.query(
      'select execution_result, execution_time_ms from jr_step_rewards',
    );
    assert.deepEqual(rows, [{ execution_result: 'success', execution_time_ms: 5 }]);
    assert.equal((await database.pool.query('select 1 from jr_task_checkpoints')).rowCount, 0);
  });

  test('a plan that this attempt recorded keeps what it says and gets what became of it', async () => {
    const task = await claimOne();
    const plan = [step, { ...step, stepNumber: 2, targetFile: 'b.txt' }];
    await ledger.recordPlans([{ lease: task.lease, steps: plan, recorded: 'nothing' }], now);
    const ended = plan.map(each => ({ ...each, executionResult: 'success' as const, executionTimeMs: 5 }));
    await ledger.settle([{ ...completion(task, ended), recorded: 'this plan' }], later(1));
    const { rows } = await database.pool.query(
      `select target_file, encode(step_content_hash, 'hex') as hash, execution_result, execution_time_ms, created_at,
         updated_at
       from jr_step_rewards order by step_number`,
    );
    const kept = { hash: 'c1'.repeat(32), created_at: now, updated_at: later(1) };
    assert.deepEqual(
      rows,
      ['a.txt', 'b.txt'].map(target_file => ({
        target_file,
        ...kept,
        execution_result: 'success',
        execution_time_ms: 5,
      })),
    );
    assert.equal((await database.pool.query('select 1 from jr_task_checkpoints')).rowCount, 0);
  });

  test('what is deleted takes its attempts, steps and checkpoint with it, one task or all of them', async () => {
    const [first, second] = [await claimOne(), await claimOne()];
    await ledger.settle([completion(first, [step]), completion(second, [step])], later(1));
    await database.pool.query('insert into jr_task_checkpoints (task_id) select id from jr_work_queue');
    const left = async () => {
      const { rows } = await database.pool.query(
        `select task_id from jr_task_attempts union all select task_id from jr_step_rewards
         union all select task_id from jr_task_checkpoints`,
      );
      return rows.map(({ task_id }) => task_id);
    };
    await database.pool.query('delete from jr_work_queue where id = $1', [first.lease.taskId]);
    assert.deepEqual(await left(), Array(3).fill(second.lease.taskId));
    await database.owner.query('truncate jr_work_queue cascade');
    assert.deepEqual(await left(), []);
  });

  test('a failure keeps its code, its sentence and every problem', async () => {
    const task = await claimOne();
    const problems = [{ code: 'NO_STEPS', message: 'Nothing to do.', line: null, nearest: null }] as const;
    const end = {
      outcome: 'failed',
      errorCode: 'NO_STEPS',
      errorMessage: 'Nothing to do.',
      problems,
      ...toTpm,
    } as const;
    await ledger.settle([{ lease: task.lease, end, steps: [] }], later(1));
    assert.partialDeepStrictEqual(await row(task.lease.taskId), {
      status: 'failed',
      error_message: 'NO_STEPS: Nothing to do.',
      result: { problems: [{ code: 'NO_STEPS', message: 'Nothing to do.', line: null, nearest: null }] },
      completed_at: null,
    });
    assert.partialDeepStrictEqual(await attempts(task.lease.taskId), [
      { outcome: 'failed', error_code: 'NO_STEPS' },
    ]);
  });

  test('an interrupted task waits again with what it recorded, and may be claimed at once (invariant 9)', async () => {
    const task = await claimOne();
    await ledger.recordPlans([{ lease: task.lease, steps: [step] }], now);
    const end = { outcome: 'interrupted', statusMessage: 'deadline' } as const;
    await ledger.settle([{ lease: task.lease, end, steps: [] }], later(1));
    assert.partialDeepStrictEqual(await row(task.lease.taskId), {
      status: 'pending',
      lease_expires_at: null,
    });
    const [again] = await claim([task.lease.taskId], later(1));
    assert.equal(again?.evidence.length, 1);
    assert.partialDeepStrictEqual(await attempts(task.lease.taskId), [
      { outcome: 'interrupted' },
      { outcome: null },
    ]);
  });

  test('an attempt that lost its lease changes nothing (invariant 3)', async () => {
    const task = await claimOne();
    await claim([task.lease.taskId], later(60));
    const before = await row(task.lease.taskId);
    const held = await ledger.settle([completion(task, [step])], later(61));
    assert.equal(held.size, 0);
    assert.deepEqual(await row(task.lease.taskId), before);
    assert.equal((await database.pool.query('select 1 from jr_step_rewards')).rowCount, 0);
  });

  test('a task cancelled by SQL under its attempt stays cancelled (invariant 11)', async () => {
    const task = await claimOne();
    await database.pool.query(`update jr_work_queue set status = 'cancelled' where id = $1`, [
      task.lease.taskId,
    ]);
    assert.equal((await ledger.settle([completion(task)], later(1))).size, 0);
    assert.equal((await row(task.lease.taskId)).status, 'cancelled');
  });

  test('of a batch, those that are held are settled and the others left alone', async () => {
    const ids = await submit(incoming(), incoming());
    const tasks = await claim(ids);
    await database.pool.query('update jr_work_queue set lease_epoch = lease_epoch + 1 where id = $1', [
      ids[0],
    ]);
    const held = await ledger.settle(
      tasks.map(task => completion(task)),
      later(1),
    );
    assert.deepEqual([...held], [ids[1]]);
  });
});

describe('writing under the lease', () => {
  const lost = (error: unknown) => error instanceof JrError && error.code === 'LEASE_LOST';

  test('commits the completion with the work', async () => {
    const task = await claimOne();
    await ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(1), tx =>
      tx.settle([completion(task)], later(1)),
    );
    assert.equal((await row(task.lease.taskId)).status, 'completed');
  });

  test('does no work when the epoch moved, or the lease ran out (invariant 3)', async () => {
    const task = await claimOne();
    const work = () => assert.fail('the work was begun');
    await assert.rejects(
      ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(60), work),
      lost,
    );
    await database.pool.query('update jr_work_queue set lease_epoch = lease_epoch + 1 where id = $1', [
      task.lease.taskId,
    ]);
    await assert.rejects(
      ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(1), work),
      lost,
    );
  });

  test('puts nothing back for one whose epoch moved: somebody else does (invariant 3)', async () => {
    const task = await claimOne();
    const putBack = (lease: Lease, work: () => Promise<Restored>) =>
      ledger.rollBack(lease, ['a.txt'], later(1), work);
    await assert.rejects(
      putBack({ ...task.lease, epoch: task.lease.epoch - 1 }, () => assert.fail('the work was begun')),
      lost,
    );
    let done = 0;
    await putBack(task.lease, async () => {
      done += 1;
      return { restored: [], changed: [] };
    });
    assert.equal(done, 1);
  });

  test('rolls back when the work fails', async () => {
    const task = await claimOne();
    const work = ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(1), async tx => {
      await tx.settle([completion(task)], later(1));
      throw new JrError('WORKSPACE_IO', 'disk full');
    });
    await assert.rejects(work, { code: 'WORKSPACE_IO' });
    assert.equal((await row(task.lease.taskId)).status, 'in_progress');
  });

  test('nobody can take the task over meanwhile, even when its lease has run out', async () => {
    const task = await claimOne();
    await ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(59), async () => {
      assert.deepEqual(await claim([task.lease.taskId], later(120)), []);
    });
  });

  test('who waits too long for a file is told that it is busy, and does no work', async () => {
    const [one, two] = await claim(await submit(incoming(), incoming()));
    assert.ok(one && two);
    const impatient = new pg.Pool({ connectionString: database.url, max: 1, lock_timeout: 20 });
    await ledger.writeUnderLease([{ lease: one.lease, paths: ['a.txt'] }], later(1), async () => {
      await assert.rejects(
        postgresLedger(impatient).writeUnderLease(
          [{ lease: two.lease, paths: ['a.txt', 'b.txt'] }],
          later(1),
          () => assert.fail('the work was begun'),
        ),
        { code: 'FILE_BUSY', message: /^Task 2 waited too long for a\.txt, b\.txt: / },
      );
    });
    await impatient.end();
  });

  test('who keeps one task locked does not keep the others of its batch from being recorded and settled', async t => {
    const [one, two, three] = await claim(await submit(incoming(), incoming(), incoming()));
    assert.ok(one && two && three);
    const databaseUrl = `${database.url}?lock_timeout=20`;
    const impatient = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
    t.after(() => impatient.end());
    const { recordPlans, settle } = postgresLedger(impatient);
    const person = await database.pool.connect();
    t.after(() => person.release(true));
    await person.query('begin');
    await person.query('update jr_work_queue set priority = 1 where id = $1', [two.lease.taskId]);
    const batch = [one, two, three];
    const plans = batch.map(({ lease }) => ({ lease, steps: [{ ...step, contentHash: 'cc'.repeat(32) }] }));
    const free = new Set([one.lease.taskId, three.lease.taskId]);
    assert.deepEqual(await recordPlans(plans, later(1)), free);
    assert.deepEqual(
      await settle(
        batch.map(task => completion(task)),
        later(2),
      ),
      free,
    );
    await person.query('rollback');
    const states = await Promise.all(batch.map(async ({ lease }) => (await row(lease.taskId)).status));
    assert.deepEqual(states, ['completed', 'in_progress', 'completed']);
  });

  test('who keeps a row locked that the end of a task changes costs it no attempt: it is told that it is busy', async t => {
    const databaseUrl = `${database.url}?lock_timeout=20`;
    const impatient = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
    t.after(() => impatient.end());
    const { writeUnderLease } = postgresLedger(impatient);
    const task = await claimOne();
    const { taskId } = task.lease;
    const insert = `insert into jr_work_queue (title, status, parent_task_id) values ('child', 'blocked', $1) returning id`;
    const { rows } = await database.pool.query(insert, [taskId]);
    const person = await database.pool.connect();
    t.after(() => person.release(true));
    await person.query('begin');
    await person.query('update jr_work_queue set priority = 1 where id = $1', [rows[0].id]);
    const write = writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(1), transaction =>
      transaction.settle([completion(task)], later(2)),
    );
    await assert.rejects(write, { code: 'FILE_BUSY', message: /^The files of 1 are written/ });
    assert.equal((await row(taskId)).status, 'in_progress');
  });

  test('of several it holds those that are free and still ours, and waits for none', async () => {
    const [one, two, three, four] = await claim(await submit(incoming(), incoming(), incoming(), incoming()));
    assert.ok(one && two && three && four);
    await database.pool.query('update jr_work_queue set lease_epoch = lease_epoch + 1 where id = $1', [
      three.lease.taskId,
    ]);
    await ledger.writeUnderLease([{ lease: one.lease, paths: ['a.txt'] }], later(1), async () => {
      const several = [
        { lease: two.lease, paths: ['b.txt', 'a.txt'] },
        { lease: three.lease, paths: ['c.txt'] },
        { lease: four.lease, paths: ['d.txt'] },
      ];
      await ledger.writeUnderLease(several, later(1), async tx => {
        assert.deepEqual([...tx.held], [four.lease.taskId]);
        await tx.settle([completion(four)], later(1));
      });
    });
    assert.equal((await row(two.lease.taskId)).status, 'in_progress');
    assert.equal((await row(four.lease.taskId)).status, 'completed');
  });

  test('two tasks on one file wait for each other, on different files they do not', async () => {
    const [one, two, three] = await claim(await submit(incoming(), incoming(), incoming()));
    assert.ok(one && two && three);
    const order: string[] = [];
    const inside = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const first = ledger.writeUnderLease(
      [{ lease: one.lease, paths: ['b.txt', 'a.txt'] }],
      later(1),
      async () => {
        await ledger.writeUnderLease(
          [{ lease: three.lease, paths: ['c.txt'] }],
          later(1),
          async () => void order.push('other file'),
        );
        inside.resolve();
        await gate.promise;
        order.push('first');
      },
    );
    await inside.promise;
    const second = ledger.writeUnderLease(
      [{ lease: two.lease, paths: ['a.txt', 'b.txt'] }],
      later(1),
      async () => void order.push('second'),
    );
    // The first goes on only once the server itself says that the second waits for a lock.
    while ((await waitingForLock()) === 0) assert.equal(order.includes('second'), false);
    gate.resolve();
    await Promise.all([first, second]);
    assert.deepEqual(order, ['other file', 'first', 'second']);
  });
});

async function waitingForLock(): Promise<number> {
  const { rows } = await database.pool.query(
    `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
  );
  return rows[0].n;
}

test('a ping marks its Jr as seen, with the tasks it runs; of an unknown one nothing is made', async () => {
  await database.pool.query(
    `insert into jr_work_queue (title, assigned_jr, status)
     values ('runs', 'Vision Jr.', 'in_progress'), ('waits', 'Vision Jr.', 'assigned'), ('runs', 'Research Jr.', 'in_progress')`,
  );
  const seen = await ledger.recordPings(['Vision Jr.', 'Nobody Jr.'], now);
  assert.deepEqual([...seen], ['Vision Jr.']);
  const { rows } = await database.pool.query(
    `select is_online, last_seen, current_load from jr_status where jr_name = 'Vision Jr.'`,
  );
  assert.deepEqual(rows, [{ is_online: true, last_seen: now, current_load: 1 }]);
});

test('a message whose task is deleted while it is looked for is not taken for done', async () => {
  const submission = incoming();
  await submit(submission);
  const deleting = new Proxy(database.pool, {
    get: (pool, name) =>
      name !== 'query'
        ? Reflect.get(pool, name)
        : async (...args: [string | pg.QueryConfig, unknown[]]) => {
            // What is sent without a name is the search for what was not inserted.
            if (typeof args[0] === 'string') await pool.query('delete from jr_work_queue');
            return await Reflect.apply(pool.query, pool, args);
          },
  });
  await assert.rejects(
    postgresLedger(deleting).takeIn({ submissions: [submission], rejections: [], window: 200 }, now),
    { code: 'LEDGER_UNAVAILABLE' },
  );
});
