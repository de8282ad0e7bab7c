// What people do to failed tasks, from every state that a task can be in, on real PostgreSQL.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { postgresOperations } from '../../shared/adapters/postgres/operations.ts';
import { postgresDlqView } from '../../shared/adapters/postgres/view-entries.ts';
import { JrError } from '../../shared/domain/failure.ts';
import type { CouncilVote } from '../../shared/domain/intervention.ts';
import type { DlqView } from '../../shared/ports/dlq-view.ts';
import type { Ledger } from '../../shared/ports/ledger.ts';
import type { InterventionResult, Operations } from '../../shared/ports/operations.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { disagreements } from '../support/disagreements.ts';
import { claimOne, ends, retriedAt, runningTask, settle, stopped, takenIn } from '../support/failed-tasks.ts';
import { until } from '../support/until.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const ada = { by: 'ada', reason: 'I looked at it' };

let database: TestDatabase;
let ledger: Ledger;
let operations: Operations;
let dlq: DlqView;

before(async () => {
  database = await createDatabase();
  ledger = postgresLedger(database.pool);
  operations = postgresOperations(database.pool);
  dlq = postgresDlqView(database.pool);
});
after(() => database.drop());
beforeEach(() => database.owner.query('truncate jr_work_queue restart identity cascade'));
afterEach(async () => assert.deepEqual(await disagreements(database.pool), [], 'invariant 8'));

async function row(id: number) {
  const { rows } = await database.pool.query('select * from jr_work_queue where id = $1', [id]);
  return rows[0];
}

async function entriesOf(taskId: number) {
  const { rows } = await database.pool.query(
    'select * from jr_failed_tasks_dlq where original_task_id = $1 order by id',
    [taskId],
  );
  return rows;
}

async function attempts(taskId: number) {
  const { rows } = await database.pool.query(
    'select outcome, ended_at, error_message from jr_task_attempts where task_id = $1 order by attempt',
    [taskId],
  );
  return rows;
}

/** A task in each state that it can be in, made on the roads that lead there. */
const states = {
  pending: () => takenIn(ledger, now),
  assigned: () => takenIn(ledger, now, { assignedJr: 'Vision Jr.' }).then(assigned),
  running: async () => (await runningTask(ledger, now)).lease.taskId,
  completed: async () => settle(ledger, await runningTask(ledger, now), ends.completed, later(1)),
  cancelled: async () => {
    const id = await takenIn(ledger, now);
    await operations.cancelTask(id, ada, later(1));
    return id;
  },
  failed: async () => settle(ledger, await runningTask(ledger, now), ends.failed, later(1)),
  'failed, to be retried': () => toBeRetried(),
  'running again': async () => {
    const id = await toBeRetried();
    await claimOne(ledger, id, later(60));
    return id;
  },
  'pending again': async () => {
    const id = await toBeRetried();
    return await settle(ledger, await claimOne(ledger, id, later(60)), ends.interrupted, later(61));
  },
  'blocked by a guard': async () => settle(ledger, await runningTask(ledger, now), stopped, later(1)),
  'blocked for the Council': () => takenIn(ledger, now, { requiresCouncilApproval: true }),
  'set to running by SQL': async () => {
    const id = await takenIn(ledger, now);
    await database.pool.query(`update jr_work_queue set status = 'in_progress' where id = $1`, [id]);
    return id;
  },
} as const satisfies Record<string, () => Promise<number>>;
type State = keyof typeof states;

async function toBeRetried(): Promise<number> {
  return await settle(ledger, await runningTask(ledger, now), retriedAt(later(60)), later(1));
}

async function assigned(id: number): Promise<number> {
  await database.pool.query(`update jr_work_queue set status = 'assigned' where id = $1`, [id]);
  return id;
}

const verbs = {
  requeue: id => operations.requeue({ taskId: id }, ada, later(100)),
  resolve: id => operations.resolve({ taskId: id }, ada, later(100)),
  abandon: id => operations.abandon({ taskId: id }, ada, later(100)),
  cancel: id => operations.cancelTask(id, ada, later(100)),
} as const satisfies Record<string, (id: number) => Promise<InterventionResult>>;
type Verb = keyof typeof verbs;

const noEntry = /has no open entry/;
const ended = /^Task 1 is (completed|cancelled): /;
/** What each verb does to a task in each state: the state it is left in, or why it is refused. */
const table: Record<State, Record<Verb, string | RegExp>> = {
  pending: { requeue: /waits to be run already/, resolve: noEntry, abandon: noEntry, cancel: 'cancelled' },
  assigned: { requeue: /waits to be run already/, resolve: noEntry, abandon: noEntry, cancel: 'cancelled' },
  running: { requeue: /is running: wait/, resolve: noEntry, abandon: noEntry, cancel: 'cancelled' },
  completed: { requeue: ended, resolve: noEntry, abandon: noEntry, cancel: ended },
  cancelled: { requeue: ended, resolve: noEntry, abandon: noEntry, cancel: ended },
  failed: { requeue: 'pending', resolve: 'cancelled', abandon: 'cancelled', cancel: 'cancelled' },
  'failed, to be retried': {
    requeue: 'pending',
    resolve: 'cancelled',
    abandon: 'cancelled',
    cancel: 'cancelled',
  },
  'running again': {
    requeue: /is running: wait/,
    resolve: 'cancelled',
    abandon: 'cancelled',
    cancel: 'cancelled',
  },
  'pending again': {
    requeue: /waits to be run already/,
    resolve: 'cancelled',
    abandon: 'cancelled',
    cancel: 'cancelled',
  },
  'blocked by a guard': {
    requeue: 'pending',
    resolve: 'cancelled',
    abandon: 'cancelled',
    cancel: 'cancelled',
  },
  'blocked for the Council': {
    requeue: /waits for the approval of the Council/,
    resolve: 'cancelled',
    abandon: 'cancelled',
    cancel: 'cancelled',
  },
  'set to running by SQL': {
    requeue: /is running: wait/,
    resolve: noEntry,
    abandon: noEntry,
    cancel: 'cancelled',
  },
};

const keysOf = <K extends string>(of: Record<K, unknown>) => Object.keys(of) as K[]; // both objects are closed
const entryEnds = { requeue: 'resolved', resolve: 'resolved', abandon: 'abandoned', cancel: 'abandoned' };

for (const verb of keysOf(verbs)) {
  describe(`${verb}, from every state of a task`, () => {
    for (const state of keysOf(states)) {
      const expected = table[state][verb];
      const outcome = typeof expected === 'string' ? `leaves it ${expected}` : 'is refused';
      test(`of a task that is ${state}: ${outcome}`, async () => {
        const id = await states[state]();
        const before = { task: await row(id), entries: await entriesOf(id), attempts: await attempts(id) };
        const result = await verbs[verb](id);
        const task = await row(id);
        if (typeof expected !== 'string') {
          assert.partialDeepStrictEqual(result, { kind: 'refused', taskId: 1 });
          assert.match(result.kind === 'refused' ? result.message : '', expected);
          assert.deepEqual({ task, entries: await entriesOf(id), attempts: await attempts(id) }, before);
          return;
        }
        assert.partialDeepStrictEqual(result, { kind: 'done', taskId: id });
        assert.equal(task.status, expected);
        assert.equal(task.lease_epoch, before.task.lease_epoch + 1);
        assert.match(task.status_message, /by ada: I looked at it$/);
        const entry = (await entriesOf(id)).at(-1);
        if (entry === undefined) return;
        assert.partialDeepStrictEqual(entry, {
          resolution_status: entryEnds[verb],
          resolution_notes: task.status_message,
          resolved_at: later(100),
        });
      });
    }
  });
}

describe('requeue', () => {
  test('by the entry: the task can be claimed at once, and what fails then has a new entry', async () => {
    const id = await states.failed();
    assert.deepEqual(await operations.requeue({ entryId: 1 }, ada, later(100)), {
      kind: 'done',
      taskId: id,
      entryId: 1,
      ring: true,
      blocked: false,
    });
    assert.partialDeepStrictEqual(await row(id), { error_message: null, progress_percent: 0 });
    await settle(ledger, await claimOne(ledger, id, later(101)), ends.failed, later(102));
    assert.deepEqual(
      (await entriesOf(id)).map(entry => entry.resolution_status),
      ['resolved', 'unresolved'],
    );
  });

  test('goes back to the Jr that has it', async () => {
    const id = await states.failed();
    await database.pool.query(`update jr_work_queue set assigned_jr = 'Vision Jr.'`);
    await operations.requeue({ taskId: id }, ada, later(100));
    assert.equal((await row(id)).status, 'assigned');
  });

  test('says of a blocked task that nobody has approved it', async () => {
    await states['blocked by a guard']();
    assert.partialDeepStrictEqual(await operations.requeue({ entryId: 1 }, ada, later(100)), {
      blocked: true,
    });
  });

  test('twice at once puts the task back once', async () => {
    const id = await states.failed();
    const results = await Promise.all(
      Array.from({ length: 4 }, () => operations.requeue({ entryId: 1 }, ada, later(100))),
    );
    assert.deepEqual(results.map(({ kind }) => kind).sort(), ['done', 'refused', 'refused', 'refused']);
    assert.equal((await row(id)).lease_epoch, 2);
  });

  test('by a closed entry is refused with what became of it', async () => {
    await states.failed();
    await operations.requeue({ entryId: 1 }, ada, later(100));
    assert.deepEqual(await operations.requeue({ entryId: 1 }, ada, later(101)), {
      kind: 'refused',
      taskId: 1,
      message: 'Entry 1 is resolved already (requeued by ada: I looked at it); task 1 is pending.',
    });
  });

  test('of what does not exist changes nothing', async () => {
    const unknown = { kind: 'unknown' };
    assert.deepEqual(await operations.requeue({ entryId: 4711 }, ada, now), unknown);
    assert.deepEqual(await operations.abandon({ taskId: 4711 }, ada, now), unknown);
    assert.deepEqual(await operations.cancelTask(4711, ada, now), unknown);
    assert.deepEqual(await cast('ada', 'retry', 4711), unknown);
  });
});

test('a note keeps no secret (invariant 14)', async () => {
  const id = await states.failed();
  await operations.abandon({ taskId: id }, { by: 'ada', reason: 'password=hunter22secret' }, later(100));
  const [entry] = await entriesOf(id);
  assert.equal(entry.resolution_notes, 'abandoned by ada: password=[redacted]');
});

describe('cancelling', () => {
  test('a running task closes its attempt and fences it (invariant 3)', async () => {
    const task = await runningTask(ledger, now);
    await operations.cancelTask(task.lease.taskId, { by: 'ada', reason: null }, later(1));
    assert.deepEqual(await attempts(task.lease.taskId), [
      { outcome: 'interrupted', ended_at: later(1), error_message: 'cancelled by ada' },
    ]);
    const settled = await ledger.settle([{ lease: task.lease, end: ends.completed, steps: [] }], later(2));
    assert.equal(settled.size, 0);
    const writing = ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(2), () =>
      assert.fail('it wrote'),
    );
    await assert.rejects(
      writing,
      (error: unknown) => error instanceof JrError && error.code === 'LEASE_LOST',
    );
  });

  test('while an attempt writes waits for it, and sees the entry that its failure made', async () => {
    const task = await runningTask(ledger, now);
    let cancelling: Promise<unknown> = Promise.resolve();
    await ledger.writeUnderLease([{ lease: task.lease, paths: ['a.txt'] }], later(1), async transaction => {
      cancelling = operations.cancelTask(task.lease.taskId, ada, later(2));
      await until(waitingForLock);
      await transaction.settle([{ lease: task.lease, end: ends.failed, steps: [] }], later(1));
    });
    assert.deepEqual(await cancelling, { kind: 'done', taskId: 1, entryId: 1, ring: false, blocked: false });
    assert.partialDeepStrictEqual(await entriesOf(1), [{ resolution_status: 'abandoned' }]);
  });

  test('keeps the checkpoint of what may be half-written, and has a bell rung for it', async () => {
    const id = await states.failed();
    await database.pool.query('insert into jr_task_checkpoints (task_id) values ($1)', [id]);
    assert.partialDeepStrictEqual(await operations.cancelTask(id, ada, later(100)), { ring: true });
    assert.equal((await database.pool.query('select 1 from jr_task_checkpoints')).rowCount, 1);
  });
});

test('an entry left open by SQL that ended its task is closed, and the end of the task stays (invariant 11)', async () => {
  const id = await states.failed();
  await database.pool.query(`update jr_work_queue set status = 'completed'`);
  assert.partialDeepStrictEqual(await verbs.requeue(id), { kind: 'refused' });
  assert.partialDeepStrictEqual(await verbs.resolve(id), { kind: 'done', entryId: 1 });
  assert.equal((await row(id)).status, 'completed');
});

function cast(voter: string, vote: CouncilVote, entryId = 1, at = later(100)) {
  return operations.vote(entryId, { voter, vote, reason: `${voter} says so` }, 2, at);
}

async function withCouncil(state: State): Promise<number> {
  const id = await states[state]();
  await database.pool.query(
    `update jr_failed_tasks_dlq set escalation_level = 3, assigned_escalation_target = 'Council'`,
  );
  return id;
}

describe('the Council', () => {
  const decisions: [state: State, vote: CouncilVote, task: string, entry: string][] = [
    ['failed', 'retry', 'pending', 'resolved'],
    ['failed', 'abandon', 'cancelled', 'abandoned'],
    ['blocked by a guard', 'retry', 'pending', 'resolved'],
    ['blocked by a guard', 'abandon', 'cancelled', 'abandoned'],
    ['blocked by a guard', 'approve', 'pending', 'resolved'],
    ['blocked for the Council', 'abandon', 'cancelled', 'abandoned'],
    ['blocked for the Council', 'approve', 'pending', 'resolved'],
  ];
  for (const [state, vote, task, entry] of decisions) {
    test(`${vote}, of a task that is ${state}: the second equal vote does it`, async () => {
      const id = await withCouncil(state);
      assert.deepEqual(await cast('ada', vote), { kind: 'counted', taskId: id, votes: 1 });
      const ring = vote !== 'abandon';
      assert.deepEqual(await cast('bob', vote), {
        kind: 'decided',
        taskId: id,
        voters: ['ada', 'bob'],
        ring,
      });
      assert.equal((await row(id)).status, task);
      const [closed] = await entriesOf(id);
      assert.equal(closed.resolution_status, entry);
      assert.match(closed.resolution_notes, /the Council.*: ada \(ada says so\), bob \(bob says so\)$/);
    });
  }

  test('what is approved is the plan that the guards stopped', async () => {
    const id = await withCouncil('blocked by a guard');
    await cast('ada', 'approve');
    await cast('bob', 'approve');
    const { approvals } = await claimOne(ledger, id, later(101));
    assert.deepEqual(approvals, [{ planHash: 'p1', errorCodes: ['PATH_PROTECTED'] }]);
  });

  test('lets through what was handed in for it, and one person does not', async () => {
    const id = await states['blocked for the Council']();
    const alone = () => operations.approveTask(id, 'ada', 'it is fine', later(100));
    assert.deepEqual(await alone(), { kind: 'for_council', entryId: 1 });
    await cast('ada', 'approve');
    assert.deepEqual(await alone(), { kind: 'for_council', entryId: 1 });
    assert.partialDeepStrictEqual(await row(id), { status: 'blocked', requires_council_approval: true });
    await cast('bob', 'approve');
    assert.partialDeepStrictEqual(await row(id), { status: 'pending', requires_council_approval: false });
    assert.deepEqual(await alone(), { kind: 'not_waiting', status: 'pending' });
    const { rows } = await database.pool.query('select approved_by, reason from jr_task_approvals');
    assert.deepEqual(rows, [{ approved_by: 'the Council', reason: 'ada (ada says so), bob (bob says so)' }]);
  });

  test('is not passed by while what was handed in for it by SQL has no entry yet', async () => {
    const { rows } = await database.pool.query(
      `insert into jr_work_queue (title, requires_council_approval) values ('by SQL', true) returning id`,
    );
    assert.deepEqual(await operations.approveTask(rows[0].id, 'ada', 'it is fine', later(100)), {
      kind: 'for_council',
      entryId: null,
    });
    assert.partialDeepStrictEqual(await row(rows[0].id), {
      status: 'pending',
      requires_council_approval: true,
    });
  });

  const refusals: [state: State, vote: CouncilVote, level: number, reason: RegExp][] = [
    ['failed', 'approve', 3, /^Task 1 is failed and waits for no approval: vote retry or abandon/],
    ['blocked for the Council', 'retry', 3, /does not run before: it votes/],
    ['failed', 'retry', 2, /^Entry 1 is at level 2: the Council votes on what has been raised to level 3/],
    ['blocked by a guard', 'approve', 2, /level 3\. Approve, resolve or abandon it\.$/],
    ['failed, to be retried', 'retry', 0, /^Entry 1 is at level 0/],
  ];
  for (const [state, vote, level, reason] of refusals) {
    test(`${vote} is refused for a task that is ${state} at level ${level}`, async () => {
      if (level === 3) await withCouncil(state);
      else await states[state]();
      const result = await cast('ada', vote);
      assert.match(result.kind === 'refused' ? result.message : result.kind, reason);
      assert.equal((await database.pool.query('select 1 from jr_council_votes')).rowCount, 0);
    });
  }

  test('a voter has one vote, which may be changed until it is decided', async () => {
    await withCouncil('failed');
    assert.partialDeepStrictEqual(await cast('ada', 'retry'), { votes: 1 });
    assert.partialDeepStrictEqual(await cast(' ada ', 'retry'), { kind: 'counted', votes: 1 });
    assert.partialDeepStrictEqual(await cast('Ada', 'retry'), { kind: 'counted', votes: 1 });
    assert.partialDeepStrictEqual(await cast('ada', 'abandon', 1, later(101)), { votes: 1 });
    assert.partialDeepStrictEqual(await cast('bob', 'retry', 1, later(102)), { votes: 1 });
    assert.partialDeepStrictEqual(await cast('cleo', 'abandon', 1, later(103)), { kind: 'decided' });
    const late = await cast('dan', 'retry');
    assert.match(
      late.kind === 'refused' ? late.message : late.kind,
      /^Entry 1 is abandoned already \(the Council voted abandon: ada .*, cleo .*\); task 1 is cancelled\.$/,
    );
    const entry = await dlq.getEntry(1);
    assert.deepEqual(
      entry?.votes.map(({ voter, vote }) => [voter, vote]),
      [
        ['ada', 'abandon'],
        ['bob', 'retry'],
        ['cleo', 'abandon'],
      ],
    );
    assert.partialDeepStrictEqual(entry?.votes, [{ reason: 'ada says so' }]);
  });

  for (const vote of ['retry', 'abandon', 'approve'] as const) {
    test(`votes to ${vote} that reach the quorum at once act once`, async () => {
      const id = await withCouncil('blocked by a guard');
      const { lease_epoch } = await row(id);
      const results = await Promise.all(['ada', 'bob', 'cleo', 'dan', 'eve'].map(voter => cast(voter, vote)));
      const kinds = results.map(({ kind }) => kind).sort();
      assert.deepEqual(kinds, ['counted', 'decided', 'refused', 'refused', 'refused']);
      assert.equal((await row(id)).lease_epoch, lease_epoch + (vote === 'approve' ? 0 : 1));
      const approvals = await database.pool.query('select 1 from jr_task_approvals');
      assert.equal(approvals.rowCount, vote === 'approve' ? 1 : 0);
    });
  }
});

describe('reading the dead letter queue', () => {
  test('the summary has the counts of get_dlq_summary; of the escalated only what is open', async () => {
    await states.failed();
    await states['failed, to be retried']();
    await states['blocked for the Council']();
    const gone = await states.failed();
    await verbs.abandon(gone);
    const mended = await states.failed();
    await verbs.resolve(mended);
    assert.deepEqual(await dlq.summary(), {
      unresolved: 2,
      retrying: 1,
      escalated_tpm: 1,
      escalated_council: 1,
      resolved: 1,
      abandoned: 1,
    });
  });

  test('an empty queue counts zeros', async () => {
    assert.deepEqual(Object.values(await dlq.summary()), [0, 0, 0, 0, 0, 0]);
  });

  test('a list comes newest first, by level, by status and as long as was asked', async () => {
    await states.failed();
    await states['failed, to be retried']();
    await states['blocked for the Council']();
    await verbs.abandon(1);
    const ids = async (filter: Partial<Parameters<DlqView['listEntries']>[0]>) =>
      (await dlq.listEntries({ level: null, statuses: [], limit: 10, ...filter })).map(({ id }) => id);
    assert.deepEqual(await ids({}), [3, 2, 1]);
    assert.deepEqual(await ids({ limit: 2 }), [3, 2]);
    assert.deepEqual(await ids({ level: 2 }), [1]);
    assert.deepEqual(await ids({ level: 0 }), [2]);
    assert.deepEqual(await ids({ statuses: ['unresolved', 'retrying'] }), [3, 2]);
    assert.deepEqual(await ids({ level: 2, statuses: ['retrying'] }), []);
  });

  test('the nearest place of a problem is called as the plan calls it, in rows of before too', async () => {
    const nearest = { line: 2, endLine: 3, similarity: 0.9, diff: '-a\n+b' };
    const problems = [
      { code: 'SEARCH_NOT_FOUND', message: 'It is not there.', line: 7, nearest },
      { code: 'NO_STEPS', message: 'Nothing to do.', line: null, nearest: null },
    ] as const;
    const { lease } = await runningTask(ledger, now);
    await ledger.settle([{ lease, end: { ...ends.failed, problems }, steps: [] }], later(1));
    const [entry] = await dlq.listEntries({ level: null, statuses: [], limit: 1 });
    const shown = async () => (await dlq.getEntry(entry?.id ?? 0))?.task.result;
    const expected = {
      problems: [
        { ...problems[0], nearest: { line: 2, end_line: 3, similarity: 0.9, diff: '-a\n+b' } },
        problems[1],
      ],
      approval_needed: null,
    };
    assert.deepEqual(await shown(), expected);
    await database.pool.query('update jr_work_queue set result = $1', [{ problems, approval_needed: null }]);
    assert.deepEqual(await shown(), expected);
    const none = { problems: [], approval_needed: null };
    await database.pool.query('update jr_work_queue set result = $1', [none]);
    assert.deepEqual(await shown(), none);
  });

  test('an entry is shown with its task, every attempt, the problems and the entries before it', async () => {
    const id = await states['failed, to be retried']();
    await settle(ledger, await claimOne(ledger, id, later(60)), ends.interrupted, later(61));
    await settle(ledger, await claimOne(ledger, id, later(62)), ends.failed, later(63));
    await verbs.requeue(id);
    const step = {
      stepNumber: 1,
      stepType: 'create',
      targetFile: 'a.txt',
      contentHash: 'c1'.repeat(32),
      beforeSha256: null,
      afterSha256: 'ff'.repeat(32),
      executionResult: 'failed',
      executionTimeMs: null,
      errorDetail: 'SEARCH_NOT_FOUND: It is not there.',
    } as const;
    const last = await claimOne(ledger, id, later(101));
    await ledger.settle([{ lease: last.lease, end: ends.failed, steps: [step] }], later(102));
    const [newest] = await dlq.listEntries({ level: null, statuses: [], limit: 1 });
    assert.partialDeepStrictEqual(await dlq.getEntry(newest?.id ?? 0), {
      original_task_id: id,
      title: 'a task',
      task_status: 'failed',
      error_code: 'SEARCH_NOT_FOUND',
      escalation_level: 2,
      assigned_escalation_target: 'TPM',
      votes: [],
      other_entries: [{ id: 1, resolution_status: 'resolved', retry_count: 1 }],
      task: {
        id,
        attempts: [
          { attempt: 1, outcome: 'failed', error_code: 'WORKSPACE_IO' },
          { attempt: 2, outcome: 'interrupted' },
          { attempt: 3, outcome: 'failed' },
          { attempt: 4, outcome: 'failed' },
        ],
        steps: [{ target_file: 'a.txt', execution_result: 'failed' }],
        result: { problems: [{ code: 'SEARCH_NOT_FOUND', line: 3 }] },
      },
    });
    assert.equal(await dlq.getEntry(4711), null);
  });
});

test('the query that finds disagreements finds each kind', async () => {
  const found = async (sql: string) => {
    await database.pool.query(sql);
    return (await disagreements(database.pool)).map(({ task_id, wrong }) => `${task_id}: ${wrong}`);
  };
  await states.failed();
  await states.running();
  const task = (status: string, id: number) =>
    `update jr_work_queue set status = '${status}' where id = ${id}`;
  assert.deepEqual(await found(task('completed', 1)), ['1: it has ended and its entry has not']);
  assert.deepEqual(await found(task('pending', 1)), [
    '1: it waits or runs while its entry waits for a person',
  ]);
  assert.deepEqual(await found(task('failed', 1)), []);
  assert.deepEqual(await found(task('cancelled', 2)), ['2: it holds a lease and does not run']);
  assert.deepEqual(await found(task('in_progress', 2)), []);
  const ended = `insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome)
    values (2, 1, 1, now(), now(), 'crashed')`;
  assert.deepEqual(await found(ended), ['2: it has begun other attempts than it has ended and runs']);
  assert.deepEqual(await found('delete from jr_task_attempts where task_id = 2'), []);
  const retrying = await found(
    `update jr_work_queue set status = 'blocked' where id = 1; update jr_failed_tasks_dlq set resolution_status = 'retrying'`,
  );
  assert.equal(retrying[0]?.includes('entry 1 is retrying at level 2'), true);
  assert.deepEqual(retrying.slice(1), ['1: nothing retries a blocked task']);
  const none = await found(
    `update jr_failed_tasks_dlq set resolution_status = 'resolved', resolved_at = now(), next_retry_timestamp = null`,
  );
  assert.deepEqual(none, ['1: it needs exactly one open entry']);
  await database.pool.query('delete from jr_work_queue');
});

async function waitingForLock(): Promise<boolean> {
  const { rows } = await database.pool.query(
    `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  );
  return rows[0].n > 0;
}
