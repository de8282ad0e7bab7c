import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Dependencies } from '../../../functions/execute-task/dependencies.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import { guardsWith } from '../../../shared/edit/guard-settings.ts';
import type { Ledger } from '../../../shared/ports/ledger.ts';
import type { Workspace } from '../../../shared/ports/workspace.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { bell, createDocument, editDocument, message, submission } from '../../support/messages.ts';
import { recordStatements } from '../../support/statements.ts';

let execution: Execution;
before(async () => {
  execution = await createExecution();
});
after(() => execution.close());
beforeEach(async () => {
  await execution.database.owner.query(
    'truncate jr_work_queue, jr_rejected_submissions restart identity cascade',
  );
  execution.rung.length = 0;
  execution.logged.length = 0;
});

const done = 'has been done, and this text is long enough to be recognised without a ledger';
const allDone = `one ${done}\ntwo ${done}\nthree ${done}\n`;

/** Three edits in one file that each task has to itself. */
function threeSteps(n: number): string {
  const block = (text: string) =>
    `\`\`\`text\n<<<<<<< SEARCH\n${text}\n=======\n${text} ${done}\n>>>>>>> REPLACE\n\`\`\`\n`;
  return `# Task ${n}\n\nFile: \`tasks/${n}.txt\`\n\n${['one', 'two', 'three'].map(block).join('\n')}`;
}

describe('the budget of SQL statements (design section 4)', () => {
  test('ten tasks of three steps that write: seven statements, one transaction around all their files', async () => {
    for (let n = 0; n < 10; n++) await execution.put(`tasks/${n}.txt`, 'one\ntwo\nthree\n');
    const messages = Array.from({ length: 10 }, (_, n) => submission(threeSteps(n)));
    const statements = await recordStatements(async () => {
      assert.partialDeepStrictEqual(await execution.invoke(messages), { claimed: 10, completed: 10 });
    });
    assert.equal(statements.filter(text => text === 'begin').length, 1);
    assert.equal(statements.length, 3 + 4, statements.join('\n'));
    assert.equal(await execution.read('tasks/9.txt'), allDone);
  });

  test('ten tasks whose files are right already: two statements and no transaction of their own', async () => {
    for (let n = 0; n < 10; n++) await execution.put(`tasks/${n}.txt`, 'one\ntwo\nthree\n');
    const messages = Array.from({ length: 10 }, (_, n) => submission(threeSteps(n)));
    await execution.invoke(messages);
    await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
    const { rows } = await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_content) select 'again', x from unnest($1::text[]) x returning id`,
      [Array.from({ length: 10 }, (_, n) => threeSteps(n))],
    );
    const statements = await recordStatements(async () => {
      const summary = await execution.invoke(rows.map(({ id }) => bell(id)));
      assert.partialDeepStrictEqual(summary, { claimed: 10, completed: 10 });
    });
    assert.equal(statements.length, 2, statements.join('\n'));
    assert.equal(await execution.read('tasks/9.txt'), allDone);
  });
});

describe('what a task leaves in the ledger', () => {
  test('a completed one: result, artifacts, steps with hashes, attempt', async () => {
    await execution.put('a.txt', 'old\n');
    await execution.invoke([submission(editDocument('a.txt', 'old', 'new'), { title: 'Mine' })]);
    const task = await execution.task(1);
    assert.partialDeepStrictEqual(task, {
      title: 'Mine',
      status: 'completed',
      progress_percent: 100,
      status_message: '1 step applied to 1 file in 0 ms',
      result: {
        steps_total: 1,
        steps_applied: 1,
        lines_added: 1,
        lines_removed: 1,
        files_changed: 1,
      },
      steps: [
        { step_number: 1, step_type: 'search_replace', target_file: 'a.txt', execution_result: 'success' },
      ],
      attempts: [{ attempt: 1, outcome: 'completed' }],
    });
    const { rows } = await execution.database.pool.query('select artifacts from jr_work_queue');
    assert.deepEqual(rows, [{ artifacts: ['a.txt'] }]);
  });

  test('a failed one: code, sentence and attempt; no file is touched (invariant 4)', async () => {
    await execution.put('a.txt', 'old\n');
    const document = `${createDocument('new.txt', 'x')}\n${editDocument('a.txt', 'not there', 'new')}`;
    assert.partialDeepStrictEqual(await execution.invoke([submission(document)]), { failed: 1 });
    const task = await execution.task(1);
    assert.equal(task.status, 'failed');
    assert.match(task.error_message ?? '', /^SEARCH_NOT_FOUND: .*a\.txt/);
    assert.partialDeepStrictEqual(task, {
      steps: [{ execution_result: 'pending' }, { execution_result: 'failed' }],
      attempts: [{ outcome: 'failed', error_code: 'SEARCH_NOT_FOUND' }],
    });
    assert.equal(await execution.read('new.txt'), null);
  });

  const files: [name: string, file: string | null, code: RegExp][] = [
    ['no instruction at all', null, /^INSTRUCTION_MISSING: Task 1 names neither/],
    [
      'an instruction file that is not there',
      '/ganuda/docs/X.md',
      /^INSTRUCTION_MISSING: .*\/ganuda\/docs\/X\.md/,
    ],
    ['an empty instruction file', 'empty.md', /^NO_STEPS: /],
    ['an instruction file that is not UTF-8', 'latin.md', /^FILE_NOT_TEXT: .*latin\.md/],
    ['an instruction file with a NUL', 'nul.md', /^FILE_NOT_TEXT: .*nul\.md/],
    ['an instruction file outside the workspace', '../secret.md', /^PATH_FORBIDDEN: .*\.\.\/secret\.md/],
    ['an instruction file elsewhere on the machine', '/etc/passwd', /^PATH_FORBIDDEN: .*\/etc\/passwd/],
  ];
  for (const [name, file, code] of files) {
    test(`${name} fails with a sentence that names it`, async () => {
      await execution.put('empty.md', '');
      await execution.put('nul.md', createDocument('a.txt', 'a\0b'));
      await execution.put('latin.md', Buffer.from(createDocument('a.txt', 'caf\u00e9'), 'latin1'));
      await execution.database.pool.query(
        `insert into jr_work_queue (title, instruction_file) values ('t', $1)`,
        [file],
      );
      await execution.invoke([bell(1)]);
      const { status, error_message } = await execution.task(1);
      assert.equal(status, 'failed');
      assert.match(error_message ?? '', code);
    });
  }

  test('the content wins over the file', async () => {
    await execution.invoke([
      submission(createDocument('won.txt', 'content'), { instruction_file: 'nowhere.md' }),
    ]);
    assert.equal(await execution.read('won.txt'), 'content\n');
  });

  test('parameters.overwrite lets a whole file replace a different one', async () => {
    await execution.put('whole.txt', 'was\n');
    const document = createDocument('whole.txt', 'is');
    await execution.invoke([submission(document)]);
    await execution.invoke([submission(document, { parameters: { overwrite: true } })]);
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'blocked' });
    assert.match((await execution.task(1)).error_message ?? '', /^FILE_EXISTS/);
    assert.equal((await execution.task(2)).status, 'completed');
    assert.equal(await execution.read('whole.txt'), 'is\n');
  });
});

describe('once and only once', () => {
  test('a message delivered again, a bell for a finished task and a bell for nothing change nothing', async () => {
    const first = submission(createDocument('once.txt', 'x'));
    await execution.invoke([first]);
    const summary = await execution.invoke([first, bell(1), bell(4711)]);
    assert.partialDeepStrictEqual(summary, { received: 3, claimed: 0, returned: [] });
    assert.equal((await execution.task(1)).attempt_count, 1);
  });

  test('two invocations racing for one task: one runs it', async () => {
    const document = submission(createDocument('race.txt', 'x'));
    const summaries = await Promise.all([execution.invoke([document]), execution.invoke([document])]);
    assert.equal(
      summaries.reduce((sum, { claimed }) => sum + claimed, 0),
      1,
    );
    assert.equal(
      summaries.reduce((sum, { completed }) => sum + completed, 0),
      1,
    );
  });

  test('a bell for a running task is rung again for the end of its lease, in case that attempt is dead', async () => {
    const workspace: Workspace = {
      ...execution.deps.workspace,
      load: () => Promise.reject(new TypeError('killed')),
    };
    const document = submission(createDocument('again.txt', 'x'));
    await execution.invoke([document], { workspace });
    assert.partialDeepStrictEqual(await execution.invoke([document]), { claimed: 0, returned: [] });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 75 }]);
    const start = execution.now;
    execution.now = new Date(start.getTime() + 75_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    execution.now = start;
  });

  test('an attempt whose epoch is moved under it before it writes, writes nothing (invariant 3)', async () => {
    await execution.put('fenced.txt', 'old\n');
    const ledger: Ledger = {
      ...execution.deps.ledger,
      async writeUnderLease(...args) {
        await execution.database.pool.query('update jr_work_queue set lease_epoch = lease_epoch + 1');
        return await execution.deps.ledger.writeUnderLease(...args);
      },
    };
    const summary = await execution.invoke([submission(editDocument('fenced.txt', 'old', 'new'))], {
      ledger,
    });
    assert.partialDeepStrictEqual(summary, { claimed: 1, completed: 0, lost: 1 });
    assert.equal(await execution.read('fenced.txt'), 'old\n');
  });

  test('an attempt frozen before it writes sees on thawing that its lease ran out (invariant 3)', async () => {
    await execution.put('frozen.txt', 'old\n');
    const start = execution.now;
    const workspace: Workspace = {
      ...execution.deps.workspace,
      async write(...args) {
        execution.now = new Date(start.getTime() + 3_600_000);
        return await execution.deps.workspace.write(...args);
      },
    };
    const summary = await execution.invoke([submission(editDocument('frozen.txt', 'old', 'new'))], {
      workspace,
    });
    execution.now = start;
    assert.partialDeepStrictEqual(summary, { completed: 0, lost: 1 });
    assert.equal(await execution.read('frozen.txt'), 'old\n');
    assert.equal((await execution.task(1)).status, 'in_progress');
  });

  test('a process that dies between the last rename and the commit: the next attempt finds the work done', async () => {
    await execution.put('died.txt', 'keep\ndelete me\nkeep too\n');
    const workspace: Workspace = {
      ...execution.deps.workspace,
      async write(...args) {
        await execution.deps.workspace.write(...args);
        throw new Error('killed');
      },
    };
    const document = submission(editDocument('died.txt', 'keep\ndelete me', 'keep'));
    const summary = await execution.invoke([document], { workspace });
    assert.deepEqual(summary.returned, [document.messageId]);
    assert.equal((await execution.task(1)).status, 'in_progress');

    const start = execution.now;
    execution.now = new Date(start.getTime() + 360_000);
    assert.partialDeepStrictEqual(await execution.invoke([document]), { claimed: 1, completed: 1 });
    execution.now = start;
    assert.equal(await execution.read('died.txt'), 'keep\nkeep too\n');
    assert.partialDeepStrictEqual(await execution.task(1), {
      result: { steps_already_applied: 1 },
      attempts: [{ outcome: 'crashed' }, { outcome: 'completed' }],
    });
  });
});

test('a bell for a task whose row somebody holds is rung again: it may be the last one (invariant 1)', async () => {
  await execution.database.pool.query(
    `insert into jr_work_queue (title, instruction_content) values ('held', 'x')`,
  );
  const client = await execution.database.pool.connect();
  await client.query('begin');
  await client.query('select 1 from jr_work_queue where id = 1 for update');
  try {
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
  } finally {
    await client.query('rollback');
    client.release();
  }
  assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 30 }]);
});

test('who keeps an entry locked when its task ends costs it no attempt: it is given back (invariant 9)', async t => {
  const databaseUrl = `${execution.database.url}?lock_timeout=20`;
  const impatient = createPool({ databaseUrl, max: 2, onIdleError: error => console.error(error) });
  t.after(() => impatient.end());
  const ledger = postgresLedger(impatient);
  const refused = () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is full.'));
  const write = (before: () => Promise<unknown>): Pick<Dependencies, 'workspace' | 'ledger'> => ({
    workspace: { ...execution.deps.workspace, write: () => before().then(refused) },
    ledger,
  });
  await execution.invoke(
    [submission(createDocument('kept.txt', 'x'))],
    write(async () => undefined),
  );
  const start = execution.now;
  execution.now = new Date(start.getTime() + 300_000);
  execution.rung.length = 0;
  const person = await execution.database.pool.connect();
  t.after(() => person.release(true));
  await person.query('begin');
  const look = () => person.query('select from jr_failed_tasks_dlq for update');
  const summary = await execution.invoke([bell(1)], write(look));
  await person.query('rollback');
  assert.partialDeepStrictEqual(summary, { interrupted: 1, lost: 0, broken: 0 });
  assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 120 }]);
  assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  const { attempts } = await execution.task(1);
  assert.deepEqual(
    attempts.map(({ outcome }) => outcome),
    ['failed', 'interrupted', 'completed'],
  );
  execution.now = start;
});

test('a bell for a retry whose entry somebody holds is rung again, and the others of its batch do not wait for it', async () => {
  const write = () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is full.'));
  const workspace = { ...execution.deps.workspace, write };
  await execution.invoke([submission(createDocument('retried.txt', 'x'))], { workspace });
  const start = execution.now;
  execution.now = new Date(start.getTime() + 300_000);
  execution.rung.length = 0;
  const person = await execution.database.pool.connect();
  await person.query('begin');
  await person.query(`update jr_failed_tasks_dlq set resolution_notes = 'who knows?'`);
  try {
    const summary = await execution.invoke([bell(1), submission(createDocument('beside.txt', 'y'))]);
    assert.partialDeepStrictEqual(summary, { claimed: 1, completed: 1 });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 30 }]);
  } finally {
    await person.query('rollback');
    person.release();
  }
  assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  execution.now = start;
});

describe('tasks that meet in one batch', () => {
  test('one that needs the file of another is planned again after it', async () => {
    const edit = submission(editDocument('meet/a.txt', 'made', 'made and edited'));
    const create = submission(createDocument('meet/a.txt', 'made'));
    assert.partialDeepStrictEqual(await execution.invoke([edit, create]), { completed: 2, failed: 0 });
    assert.equal(await execution.read('meet/a.txt'), 'made and edited\n');
  });

  test('two that edit one file both land: the second is planned again on what the first wrote', async () => {
    await execution.put('both.txt', 'one\ntwo\n');
    const messages = [
      submission(editDocument('both.txt', 'one', 'ONE')),
      submission(editDocument('both.txt', 'two', 'TWO')),
    ];
    assert.partialDeepStrictEqual(await execution.invoke(messages), { completed: 2 });
    assert.equal(await execution.read('both.txt'), 'ONE\nTWO\n');
  });

  test('a file that changes each time before it is written ends as FILE_CHANGED', async () => {
    await execution.put('restless.txt', 'old\n');
    let n = 0;
    const workspace: Workspace = {
      ...execution.deps.workspace,
      async write(...args) {
        n += 1;
        await execution.put('restless.txt', `old\n${n}\n`);
        return await execution.deps.workspace.write(...args);
      },
    };
    await execution.invoke([submission(editDocument('restless.txt', 'old', 'new'))], { workspace });
    const task = await execution.task(1);
    assert.match(task.error_message ?? '', /^FILE_CHANGED: .*planned 3 times/);
    assert.equal(await execution.read('restless.txt'), 'old\n3\n');
  });

  test('a defect in one attempt is its own: its message comes again, the others are done', async () => {
    const workspace: Workspace = {
      ...execution.deps.workspace,
      async load(paths) {
        if (paths.includes('poison.txt')) throw new TypeError('a defect');
        return await execution.deps.workspace.load(paths);
      },
    };
    const poison = submission(createDocument('poison.txt', 'x'));
    const messages = [
      submission(createDocument('well/1.txt', 'x')),
      poison,
      submission(createDocument('well/2.txt', 'x')),
    ];
    const summary = await execution.invoke(messages, { workspace });
    assert.partialDeepStrictEqual(summary, { completed: 2, returned: [poison.messageId] });
  });

  test('one whose files somebody else keeps on writing is given back, at no cost (invariant 9)', async () => {
    const writeUnderLease = () => Promise.reject(new JrError('FILE_BUSY', 'It waited too long.'));
    const summary = await execution.invoke([submission(createDocument('busy.txt', 'x'))], {
      ledger: { ...execution.deps.ledger, writeUnderLease },
    });
    assert.partialDeepStrictEqual(summary, { returned: [], interrupted: 1 });
    assert.partialDeepStrictEqual(await execution.task(1), {
      status_message: 'waits for files that another task is writing',
      attempts: [{ outcome: 'interrupted' }],
    });
    execution.now = new Date(execution.now.getTime() + 120_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(await execution.read('busy.txt'), 'x\n');
  });

  test('a disk that refuses fails the task as WORKSPACE_IO', async () => {
    const workspace: Workspace = {
      ...execution.deps.workspace,
      write: () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is full.')),
    };
    await execution.invoke([submission(createDocument('full.txt', 'x'))], { workspace });
    assert.match((await execution.task(1)).error_message ?? '', /^WORKSPACE_IO: The disk is full\./);
  });
});

describe('what the guards stop waits for a person (invariant 13)', () => {
  const approve = (id: number) =>
    postgresOperations(execution.database.pool).approveTask(id, 'ada', 'I have read the diff', execution.now);
  const councilApproves = async (entryId: number) => {
    const operations = postgresOperations(execution.database.pool);
    const cast = (voter: string) =>
      operations.vote(entryId, { voter, vote: 'approve', reason: 'read' }, 2, execution.now);
    await cast('ada');
    return (await cast('bob')).kind;
  };

  test('a whole file onto a different one is blocked, approved with who and why, and goes on', async () => {
    await execution.put('guarded.txt', 'was\n');
    await execution.invoke([submission(createDocument('guarded.txt', 'is'))]);
    assert.partialDeepStrictEqual(await execution.task(1), {
      status: 'blocked',
      status_message: 'FILE_EXISTS: waits for an approval',
      attempts: [{ outcome: 'failed', error_code: 'FILE_EXISTS' }],
    });
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    assert.deepEqual(await approve(1), { kind: 'approved', errorCodes: ['FILE_EXISTS'] });
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(await execution.read('guarded.txt'), 'is\n');
    const { rows } = await execution.database.pool.query(
      'select error_codes, approved_by, reason, approved_at from jr_task_approvals',
    );
    assert.deepEqual(rows, [
      {
        error_codes: ['FILE_EXISTS'],
        approved_by: 'ada',
        reason: 'I have read the diff',
        approved_at: execution.now,
      },
    ]);
  });

  test('an approval is void when the file has changed since: the person is asked again', async () => {
    await execution.put('moved.txt', 'was\n');
    await execution.invoke([submission(createDocument('moved.txt', 'is'))]);
    await approve(1);
    await execution.put('moved.txt', 'somebody worked on it meanwhile\n');
    await execution.invoke([bell(1)]);
    assert.equal((await execution.task(1)).status, 'blocked');
    assert.equal(await execution.read('moved.txt'), 'somebody worked on it meanwhile\n');
    await approve(1);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  });

  test('an approval is void when the document has changed since', async () => {
    await execution.put('text.txt', 'was\n');
    await execution.invoke([submission(createDocument('text.txt', 'is'))]);
    await approve(1);
    await execution.database.pool.query('update jr_work_queue set instruction_content = $1', [
      createDocument('text.txt', 'is something else'),
    ]);
    await execution.invoke([bell(1)]);
    assert.equal((await execution.task(1)).status, 'blocked');
    assert.equal(await execution.read('text.txt'), 'was\n');
  });

  test('protected paths, stubs and shrinking, each in a file of its own, are approved at once', async () => {
    await execution.put('long.txt', 'a line of some length\n'.repeat(50));
    const documents = [
      createDocument('.env', 'A=1'),
      createDocument('stub.py', 'def f():\n    return 1\n\n# ... rest of the code unchanged ...'),
      editDocument('long.txt', 'a line of some length\n'.repeat(50).trimEnd(), 'short'),
    ];
    await execution.invoke([submission(documents.join('\n'))]);
    assert.equal((await execution.task(1)).status, 'blocked', (await execution.task(1)).error_message ?? '');
    assert.deepEqual(await approve(1), {
      kind: 'approved',
      errorCodes: ['PATH_PROTECTED', 'STUB_CONTENT', 'SHRINK_GUARD'],
    });
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(await execution.read('long.txt'), 'short\n');
  });

  test('everything that stops one file is asked about at once, and one approval covers it', async () => {
    await execution.put('conf/.env', '# what it was\n'.repeat(50));
    const stub = 'A=1\n# ... rest of the code unchanged ...';
    await execution.invoke([submission(createDocument('conf/.env', stub))]);
    assert.equal((await execution.task(1)).status, 'blocked');
    assert.deepEqual(await approve(1), {
      kind: 'approved',
      errorCodes: ['FILE_EXISTS', 'STUB_CONTENT', 'PATH_PROTECTED', 'SHRINK_GUARD'],
    });
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(await execution.read('conf/.env'), `${stub}\n`);
  });

  test('paths that a stage protects besides need an approval too, and what it exempts does not', async () => {
    const guards = guardsWith(['**/billing/**', '!**/*.service']);
    const documents = [createDocument('app/billing/rates.txt', 'x'), createDocument('units/a.service', 'x')];
    await execution.invoke(
      documents.map(document => submission(document)),
      { guards },
    );
    assert.match((await execution.task(1)).error_message ?? '', /^PATH_PROTECTED: .*billing/);
    assert.equal((await execution.task(2)).status, 'completed');
  });

  test('where something is wrong besides, the task fails: an approval would not help', async () => {
    await execution.invoke([
      submission(
        `${createDocument('besides/.env', 'A=1')}\nModify \`app.py\`:\n\n\`\`\`python\nx = 1\n\`\`\`\n`,
      ),
    ]);
    const { status, error_message } = await execution.task(1);
    assert.equal(status, 'failed');
    assert.match(
      error_message ?? '',
      /^EDIT_WITHOUT_SEARCH: .* \(and 1 more problem\)$/,
      'what decides is named',
    );
    assert.deepEqual(await approve(1), { kind: 'not_waiting', status: 'failed' });
    assert.deepEqual(await approve(4711), { kind: 'unknown' });
  });

  test('one that was inserted by SQL as needing the Council can be approved too', async () => {
    await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_content, requires_council_approval) values ('t', $1, true)`,
      [createDocument('council-by-sql.txt', 'x')],
    );
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0 });
    assert.equal(await councilApproves(1), 'decided');
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  });

  test('a task that needs the Council goes on when its votes approve it as a whole, and not by one person', async () => {
    const document = submission(createDocument('council.txt', 'x'), { requires_council_approval: true });
    assert.partialDeepStrictEqual(await execution.invoke([document]), { claimed: 0 });
    assert.deepEqual(await approve(1), { kind: 'for_council', entryId: 1 });
    assert.equal(await councilApproves(1), 'decided');
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
  });
});

describe('the deadline of the function (invariant 9)', () => {
  test('what was not begun is given back and rung again, at no cost', async () => {
    const messages = [1, 2, 3].map(n => submission(createDocument(`late/${n}.txt`, 'x')));
    let planned = 0;
    const workspace: Workspace = {
      ...execution.deps.workspace,
      load(paths) {
        planned += 1;
        return execution.deps.workspace.load(paths);
      },
    };
    const summary = await execution.invoke(messages, { workspace }, () => (planned < 1 ? 60_000 : 5_000));
    assert.partialDeepStrictEqual(summary, { claimed: 3, completed: 0, interrupted: 3, returned: [] });
    assert.deepEqual(
      execution.rung,
      [1, 2, 3].map(taskId => ({ taskId, delaySeconds: 0 })),
    );
    assert.partialDeepStrictEqual(await execution.task(2), {
      status: 'pending',
      attempts: [{ outcome: 'interrupted' }],
    });
    assert.partialDeepStrictEqual(await execution.invoke([1, 2, 3].map(bell)), { completed: 3 });
  });

  test('what takes nearly all of the time to be planned is no more given back for ever, but counts and climbs', async () => {
    const { workspace } = execution.deps;
    const start = execution.now;
    const slow = (seconds: number): Workspace => ({
      ...workspace,
      async load(paths) {
        execution.now = new Date(execution.now.getTime() + seconds * 1000);
        return await workspace.load(paths);
      },
    });
    const two = [1, 2].map(n => submission(createDocument(`slow/${n}.txt`, 'x')));
    assert.partialDeepStrictEqual(await execution.invoke(two, { workspace: slow(26) }), { interrupted: 2 });
    execution.now = start;
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)], { workspace: slow(52) }), { failed: 1 });
    execution.now = start;
    const { status, error_message } = await execution.task(1);
    assert.equal(status, 'failed');
    assert.match(error_message ?? '', /^DEADLINE: Planning task 1 took 52 s, .*split it/);
    const { rows } = await execution.database.pool.query(
      'select resolution_status, error_class from jr_failed_tasks_dlq',
    );
    assert.deepEqual(rows, [{ resolution_status: 'retrying', error_class: 'transient' }]);
    assert.equal(await execution.read('slow/1.txt'), null);
    assert.partialDeepStrictEqual(await execution.invoke([bell(2)]), { completed: 1 });
  });

  test('what takes longer to write than there is time goes on where it stopped, at no cost', async () => {
    const files = Array.from({ length: 5 }, (_, n) => createDocument(`long/${n}.txt`, 'x'));
    const there = async () =>
      (await Promise.all(files.map((_, n) => execution.read(`long/${n}.txt`)))).filter(text => text !== null);
    const onlyStaged = () => (existsSync(execution.pathOf('.jr-work')) ? 4_000 : 60_000);
    const untilOneMore = (n: number) => () =>
      existsSync(execution.pathOf(`long/${n}.txt`)) ? 4_000 : 60_000;
    const stopped = await execution.invoke([submission(files.join('\n'))], {}, onlyStaged);
    assert.partialDeepStrictEqual(stopped, { interrupted: 1, broken: 0, returned: [] });
    assert.equal((await there()).length, 1);
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)], {}, untilOneMore(3)), { interrupted: 1 });
    assert.equal((await there()).length, 4);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal((await there()).length, 5);
    assert.ok(!existsSync(execution.pathOf('.jr-work')));
    const { attempts } = await execution.task(1);
    assert.deepEqual(
      attempts.map(({ outcome }) => outcome),
      ['interrupted', 'interrupted', 'completed'],
    );
  });
});

describe('what Postgres cannot hold', () => {
  const cases: [name: string, document: string][] = [
    ['NUL in a path', 'Create `a\0b.py`\n\n```python\nx = 1\n```\n'],
    ['NUL in a line that the message quotes', createDocument('a.py', '# ... existing code \0 ...')],
    [
      'a surrogate pair cut where a message is',
      createDocument('a.py', `${'#'.repeat(20)} ... rest ${'x'.repeat(49)}\u{1f600}`),
    ],
  ];
  for (const [name, document] of cases) {
    test(`${name} fails its own task and no other of the batch`, async () => {
      await execution.put('odd.md', document);
      await execution.database.pool.query(
        `insert into jr_work_queue (title, instruction_file) values ('by SQL', 'odd.md')`,
      );
      const odd = message({ type: 'task.submit', instruction_file: 'odd.md' });
      const other = submission(editDocument('nowhere.txt', 'a', 'b'));
      await execution.invoke([bell(1), other, odd]);
      const [first, second] = [await execution.task(1), await execution.task(2)];
      assert.ok(['failed', 'blocked'].includes(first.status), first.status);
      assert.match(second.error_message ?? '', /^FILE_NOT_FOUND/);
    });
  }
});

test('a task that somebody set back by SQL, count and all, runs again, and its batch with it', async () => {
  const document = createDocument('again.txt', 'x');
  await execution.invoke([submission(document)]);
  await execution.database.pool.query("update jr_work_queue set status = 'pending', attempt_count = 0");
  assert.partialDeepStrictEqual(await execution.invoke([bell(1), submission(document)]), { completed: 2 });
  assert.deepEqual(
    (await execution.task(1)).attempts.map(({ attempt }) => attempt),
    [1, 2],
  );
});

test('a task that hung in its first attempt and was set back by SQL, lease and all, runs again', async () => {
  const hung = await execution.invoke([submission(createDocument('hung.txt', 'x'))], {
    ledger: {
      ...execution.deps.ledger,
      recordPlans: async (plans, now) => {
        await execution.deps.ledger.recordPlans(plans, now);
        throw new Error('killed');
      },
    },
  });
  assert.partialDeepStrictEqual(hung, { broken: 1 });
  await execution.database.pool.query(
    "update jr_work_queue set status = 'pending', attempt_count = 0, lease_expires_at = null, started_at = null",
  );
  execution.now = new Date(execution.now.getTime() + 120_000);
  const summary = await execution.invoke([bell(1), submission(createDocument('beside.txt', 'y'))]);
  assert.partialDeepStrictEqual(summary, { completed: 2 });
  assert.equal(await execution.read('hung.txt'), 'x\n');
});

test('a task that somebody holds for ever by SQL is looked at again, and its batch goes on', async () => {
  await execution.database.pool.query(
    `insert into jr_work_queue (title, status, lease_expires_at) values ('held', 'in_progress', 'infinity')`,
  );
  const summary = await execution.invoke([bell(1), submission(createDocument('beside.txt', 'y'))]);
  assert.partialDeepStrictEqual(summary, { completed: 1 });
  assert.deepEqual(
    execution.rung.map(({ taskId }) => taskId),
    [1],
  );
});

describe('what has nothing to execute', () => {
  const reasons = async () => {
    const { rows } = await execution.database.pool.query(
      'select reason from jr_rejected_submissions order by id',
    );
    return rows.map(({ reason }) => reason);
  };

  test('is refused at the door with the reason, and becomes no task', async () => {
    await execution.put('research.md', '# Research\n\nWhat do others do?\n');
    const file = message({ type: 'task.submit', instruction_file: '/ganuda/research.md' });
    const summary = await execution.invoke([
      submission('# Implement it\n\nThink about it first.\n'),
      file,
      submission(createDocument('fine.txt', 'x'), { title: 'Research and planning' }),
    ]);
    assert.partialDeepStrictEqual(summary, { rejected: 2, claimed: 1, completed: 1, failed: 0 });
    const [content, fromFile] = await reasons();
    assert.match(
      content,
      /^instruction_content: The document has no Create block .* planning or research task/,
    );
    assert.match(fromFile, /^instruction_file: The document has no Create block/);
  });

  test('in a file that cannot be read, or by SQL, it fails when it runs', async () => {
    const submitted = ['nowhere.md', '../x.md', 'a\u0001b.md'].map(instruction_file =>
      message({ type: 'task.submit', instruction_file }),
    );
    assert.partialDeepStrictEqual(await execution.invoke(submitted), { rejected: 0, failed: 3 });
    await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_content) values ('t', 'Only words.')`,
    );
    await execution.invoke([bell(4)]);
    assert.match((await execution.task(4)).error_message ?? '', /^NO_STEPS/);
  });
});

test('a bad batch: each is recorded with a sentence, the rest succeeds', async () => {
  const bad = [
    'no json',
    { type: 'task.submit' },
    { type: 'task.submit', instruction_content: 'x', colour: 'red' },
  ];
  const unknown = submission(createDocument('x.txt', 'x'), { assigned_jr: 'Nobody Jr.' });
  const good = submission(createDocument('good.txt', 'x'));
  const ping = message({ type: 'jr.ping', jr_name: 'Vision Jr.', sent_at: '2026-03-01T12:00:00Z' });
  const summary = await execution.invoke([...bad.map(message), unknown, good, ping]);
  assert.partialDeepStrictEqual(summary, { received: 6, rejected: 4, pinged: 1, completed: 1, returned: [] });
  const { rows } = await execution.database.pool.query(
    'select reason from jr_rejected_submissions order by id',
  );
  assert.deepEqual(
    rows.map(({ reason }) => /^(The body|instruction_file|colour|assigned_jr)/.exec(reason)?.[1]),
    ['The body', 'instruction_file', 'colour', 'assigned_jr'],
  );
});

test('a bell for a task that there is not is acknowledged, counted and logged', async () => {
  execution.logged.length = 0;
  assert.partialDeepStrictEqual(await execution.invoke([bell(987_654)]), {
    unknown: 1,
    claimed: 0,
    returned: [],
  });
  assert.deepEqual(
    execution.logged.filter(({ event }) => event === 'bell.unknown_task').map(({ fields }) => fields),
    [{ task_id: 987_654 }],
  );
});
