// What a person does to failed tasks with `jr dlq` and `jr cancel`, against a stack of its own.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { disagreements } from '../../support/disagreements.ts';
import type { Ended } from '../../support/jr.ts';
import { jrHere } from '../../support/jr-here.ts';
import { createDocument, editDocument } from '../../support/messages.ts';

let folder: string;
let workspace: string;
let database: TestDatabase;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-cli-dlq-'));
  database = await createDatabase();
  Object.assign(process.env, { JR_HOME: join(folder, '.jr'), DATABASE_URL: database.url });
  process.chdir(folder);
  const up = await run('up', '--json');
  assert.equal(up.code, 0, up.stderr);
  workspace = parse(up).workspace;
});
after(async () => {
  await run('down');
  await database.drop();
  process.chdir(tmpdir());
  await rm(folder, { recursive: true, force: true });
});
afterEach(async () => assert.deepEqual(await disagreements(database.pool), [], 'invariant 8'));

const run = (...args: string[]) => jrHere(args);
const parse = ({ stdout }: Ended) => JSON.parse(stdout);

/** Hands a document in that edits a file which is not there. Answers the task and its entry. */
async function failedTask(path: string): Promise<{ task: string; entry: string }> {
  await writeFile(join(folder, 'bad.md'), `# Edit ${path}\n\n${editDocument(path, 'was', 'is')}`);
  return await handedIn('bad.md', 'failed');
}

/** Hands a document in that a guard stops. */
async function blockedTask(path: string): Promise<{ task: string; entry: string }> {
  await writeFile(join(folder, 'guarded.md'), createDocument(path, 'A=1'));
  return await handedIn('guarded.md', 'blocked');
}

async function handedIn(file: string, status: string): Promise<{ task: string; entry: string }> {
  const submitted = parse(await run('submit', file, '--wait', '--json'));
  assert.equal(submitted.task.status, status);
  const { rows } = await database.pool.query(
    'select id from jr_failed_tasks_dlq where original_task_id = $1',
    [submitted.task_id],
  );
  return { task: String(submitted.task_id), entry: String(rows[0].id) };
}

/** The entry as though the TPM had left it unanswered. */
async function toCouncil(entry: string): Promise<void> {
  await database.pool.query(
    `update jr_failed_tasks_dlq set escalation_level = 3, assigned_escalation_target = 'Council' where id = $1`,
    [entry],
  );
}

async function statusOf(task: string) {
  return parse(await run('status', task, '--json')).status;
}

test('an empty queue says so', async () => {
  const empty = await run('dlq');
  assert.equal(empty.code, 0, empty.stderr);
  assert.equal(
    empty.stdout,
    'Nothing has failed that is still open.\n\n0 unresolved, 0 retrying, 0 with the TPM, 0 with the Council\n0 resolved, 0 abandoned\n',
  );
});

describe('jr dlq list', () => {
  test('jr dlq is the list of what is open, and the summary', async () => {
    const { task, entry } = await failedTask('list.txt');
    const listed = await run('dlq');
    assert.match(listed.stdout, /^entry +task +status +level +error +retries +since +title/);
    assert.match(
      listed.stdout,
      new RegExp(`^ +${entry} +${task} +unresolved +2 TPM +FILE_NOT_FOUND +0/3 .* Edit list\\.txt`, 'm'),
    );
    assert.match(
      listed.stdout,
      /\n1 unresolved, 0 retrying, 1 with the TPM, 0 with the Council\n0 resolved, 0 abandoned$/m,
    );
    const json = parse(await run('dlq', '--json'));
    // Between the two a sweep may have told the TPM.
    const untold = ({ entries, ...rest }: typeof json) => ({
      ...rest,
      entries: entries.map((entry: object) => ({ ...entry, notified_at: null, updated_at: null })),
    });
    assert.deepEqual(untold(json), untold(parse(await run('dlq', 'list', '--json'))));
    assert.deepEqual(json.summary, {
      unresolved: 1,
      retrying: 0,
      escalated_tpm: 1,
      escalated_council: 0,
      resolved: 0,
      abandoned: 0,
    });
    assert.partialDeepStrictEqual(json.entries, [
      { id: Number(entry), original_task_id: Number(task), task_status: 'failed', escalation_level: 2 },
    ]);
  });

  test('is narrowed by level, status and limit', async () => {
    const { entry } = await failedTask('narrow.txt');
    await toCouncil(entry);
    const ids = async (...args: string[]) =>
      parse(await run('dlq', 'list', '--json', ...args)).entries.map(({ id }: { id: number }) => String(id));
    assert.deepEqual(await ids('--level', '3'), [entry]);
    assert.deepEqual(await ids('--level', '1'), []);
    assert.deepEqual(await ids('--limit', '1'), [entry]);
    await run('dlq', 'abandon', entry, '--notes', 'a test');
    assert.deepEqual(await ids('--level', '3'), []);
    assert.deepEqual(await ids('--status', 'abandoned'), [entry]);
    assert.match((await run('dlq', 'list', '--status', 'retrying')).stdout, /^No entry is like that: /);
  });

  test('what it cannot mean is usage', async () => {
    for (const args of [['--level', '4'], ['--status', 'lost'], ['--limit', '0'], ['nonsense']]) {
      assert.equal((await run('dlq', 'list', ...args)).code, 2, args.join(' '));
    }
  });
});

test('jr dlq show tells what is wrong, what was tried and what can be done', async () => {
  const { task, entry } = await failedTask('show.txt');
  const { stdout, code } = await run('dlq', 'show', entry);
  assert.equal(code, 0);
  assert.match(
    stdout,
    new RegExp(`^Edit show\\.txt\nentry ${entry}  unresolved  level 2 TPM, 0 of 3 retries`),
  );
  assert.match(stdout, /FILE_NOT_FOUND line 7\n {2}show\.txt is not in the workspace/);
  assert.match(stdout, /1 +edit +show\.txt +failed +FILE_NOT_FOUND/);
  assert.match(stdout, /attempt +started +outcome/);
  assert.match(stdout, new RegExp(`npx jr dlq replay ${entry} --reason`));
  assert.partialDeepStrictEqual(parse(await run('dlq', 'show', entry, '--json')), {
    id: Number(entry),
    votes: [],
    other_entries: [],
    task: { id: Number(task), attempts: [{ outcome: 'failed' }], steps: [{ execution_result: 'failed' }] },
  });
});

describe('jr dlq replay', () => {
  test('runs the task again when what was wrong has been mended', async () => {
    const { task, entry } = await failedTask('replay.txt');
    await writeFile(join(workspace, 'replay.txt'), 'was\n');
    const replayed = await run('dlq', 'replay', entry, '--reason', 'the file is there', '--wait');
    assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
    assert.match(
      replayed.stdout,
      new RegExp(`^Task ${task} is back in the queue; entry ${entry} is resolved\\.\n.*completed`, 's'),
    );
    assert.partialDeepStrictEqual(parse(await run('dlq', 'show', entry, '--json')), {
      resolution_status: 'resolved',
      resolution_notes: `requeued by ${userInfo().username}: the file is there`,
    });
    const again = await run('dlq', 'replay', entry);
    assert.equal(again.code, 1);
    assert.match(
      again.stdout,
      new RegExp(`^Entry ${entry} is resolved already .*; task ${task} is completed\\.\n$`),
    );
  });

  test('that fails again is exit code 1 with a new entry; its JSON is one object', async () => {
    const { task, entry } = await failedTask('again.txt');
    const replayed = await run('dlq', 'replay', entry, '--by', 'ada', '--wait', '--json');
    assert.equal(replayed.code, 1);
    assert.partialDeepStrictEqual(parse(replayed), {
      entry_id: Number(entry),
      task_id: Number(task),
      requeued: true,
      warning: null,
      task: { status: 'failed' },
    });
    const listed = parse(await run('dlq', 'list', '--status', 'all', '--json')).entries;
    const ofTask = listed.filter(
      (each: { original_task_id: number }) => each.original_task_id === Number(task),
    );
    assert.partialDeepStrictEqual(ofTask, [
      { resolution_status: 'unresolved' },
      { resolution_status: 'resolved', resolution_notes: 'requeued by ada' },
    ]);
  });

  test('of a blocked task says that the guard will stop it again, and it does', async () => {
    const { task, entry } = await blockedTask('.env');
    const replayed = await run('dlq', 'replay', entry, '--wait');
    assert.equal(replayed.code, 1);
    assert.match(
      replayed.stdout,
      new RegExp(`it will be stopped again\\. .*npx jr approve ${task} --reason`),
    );
    assert.equal(await statusOf(task), 'blocked');
  });
});

describe('jr dlq resolve and abandon', () => {
  for (const [verb, status, by] of [
    ['resolve', 'resolved', 'resolved by hand by ada'],
    ['abandon', 'abandoned', 'abandoned by ada'],
  ] as const) {
    test(`jr dlq ${verb} needs notes, closes the entry with them and ends the task`, async () => {
      const { task, entry } = await failedTask(`${verb}.txt`);
      const unsigned = await run('dlq', verb, entry);
      assert.equal(unsigned.code, 2);
      assert.match(unsigned.stderr, /required option '--notes <text>'/);
      const blank = await run('dlq', verb, entry, '--notes', ' ');
      assert.equal(blank.code, 2);
      assert.match(blank.stderr, /--notes is empty: say why/);
      const done = await run('dlq', verb, entry, '--notes', 'by hand', '--by', 'ada');
      assert.equal(done.code, 0, done.stderr);
      assert.equal(done.stdout, `Entry ${entry} is ${status}; task ${task} is over and is not run again.\n`);
      assert.partialDeepStrictEqual(parse(await run('dlq', 'show', entry, '--json')), {
        resolution_status: status,
        resolution_notes: `${by}: by hand`,
        task: { status: 'cancelled', status_message: `${by}: by hand` },
      });
      const again = await run('dlq', verb, entry, '--notes', 'again', '--json');
      assert.equal(again.code, 1);
      assert.partialDeepStrictEqual(parse(again), { entry_id: Number(entry), [status]: false });
    });
  }
});

describe('jr dlq vote', () => {
  test('the second equal vote runs the task again', async () => {
    const { task, entry } = await failedTask('vote.txt');
    await toCouncil(entry);
    await writeFile(join(workspace, 'vote.txt'), 'was\n');
    const shown = (await run('dlq', 'show', entry)).stdout;
    assert.ok(
      shown.includes(`vote ${entry} retry --reason "why"   (or abandon; 2 equal votes decide)\n`),
      shown,
    );
    const first = await run('dlq', 'vote', entry, 'retry', '--reason', 'it is there now', '--by', 'ada');
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, `ada votes retry on entry ${entry}: 1 of 2 that decide.\n`);
    assert.match((await run('dlq', 'show', entry)).stdout, /^ada +retry +\S+ \S+Z +it is there now$/m);
    const second = parse(
      await run('dlq', 'vote', entry, 'retry', '--reason', 'yes', '--by', 'bob', '--json'),
    );
    assert.deepEqual(second, {
      entry_id: Number(entry),
      task_id: Number(task),
      voter: 'bob',
      vote: 'retry',
      voted: true,
      decided: true,
      votes: 2,
      needed: 2,
      voters: ['ada', 'bob'],
    });
    assert.equal((await run('status', task, '--watch')).code, 0);
  });

  test('to approve lets through what a guard stopped', async () => {
    const { task, entry } = await blockedTask('voted/.env');
    await toCouncil(entry);
    await run('dlq', 'vote', entry, 'approve', '--reason', 'read', '--by', 'ada');
    const decided = await run('dlq', 'vote', entry, 'approve', '--reason', 'read', '--by', 'bob');
    assert.equal(decided.stdout, `Decided: approve (ada, bob). Task ${task} is approved and goes on.\n`);
    assert.equal((await run('status', task, '--watch')).code, 0);
  });

  test('lets through what was handed in for the Council, and jr approve points there', async () => {
    const { rows } = await database.pool.query(
      `with task as (
         insert into jr_work_queue (title, instruction_content, status, requires_council_approval)
         values ('ask them', $1, 'blocked', true) returning id)
       insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
         assigned_escalation_target, raised_at)
       select id, 'It waits for the Council.', 'APPROVAL_REQUIRED', 'approval', 3, 'Council', now() from task
       returning id, original_task_id as task`,
      [createDocument('asked.txt', 'x')],
    );
    const { id: entry, task } = rows[0];
    const vote = `npx jr dlq vote ${entry} approve --reason "why"`;
    const alone = await run('approve', String(task), '--reason', 'I like it');
    assert.equal(alone.code, 1);
    assert.equal(
      alone.stdout,
      `Task ${task} was handed in to wait for the Council: one person cannot let it through, 2 equal votes do. Vote: ${vote}\n`,
    );
    assert.match((await run('status', String(task))).stdout, new RegExp(`The Council may allow it: ${vote}`));
    const shown = (await run('dlq', 'show', String(entry))).stdout;
    assert.doesNotMatch(shown, /jr approve/);
    assert.ok(shown.includes(`  ${vote}   (or abandon; 2 equal votes decide)\n`), shown);
    await run('dlq', 'vote', String(entry), 'approve', '--reason', 'read', '--by', 'ada');
    await run('dlq', 'vote', String(entry), 'approve', '--reason', 'read', '--by', 'bob');
    assert.equal((await run('status', String(task), '--watch')).code, 0);
  });

  test('on what is not with the Council is exit code 1, on what is no vote 2', async () => {
    const { entry } = await failedTask('early.txt');
    const early = await run('dlq', 'vote', entry, 'retry', '--reason', 'x');
    assert.equal(early.code, 1);
    assert.match(early.stdout, /is at level 2: the Council votes on what has been raised to level 3/);
    const odd = await run('dlq', 'vote', entry, 'maybe', '--reason', 'x');
    assert.equal(odd.code, 2);
    assert.match(odd.stderr, /maybe is no vote: it has to be retry, abandon, approve/);
  });
});

describe('jr cancel', () => {
  test('ends a task that waits, with who and why, once', async () => {
    const { rows } = await database.pool.query(
      `insert into jr_work_queue (title, not_before) values ('waits', now() + interval '1 hour') returning id`,
    );
    const id = String(rows[0].id);
    const cancelled = await run('cancel', id, '--reason', 'not wanted', '--by', 'ada');
    assert.equal(cancelled.code, 0, cancelled.stderr);
    assert.equal(cancelled.stdout, `Task ${id} is cancelled.\n`);
    assert.partialDeepStrictEqual(parse(await run('status', id, '--json')), {
      status: 'cancelled',
      status_message: 'cancelled by ada: not wanted',
    });
    const again = await run('cancel', id, '--json');
    assert.equal(again.code, 1);
    assert.deepEqual(parse(again), {
      task_id: Number(id),
      cancelled: false,
      message: `Task ${id} is cancelled: it has ended, there is nothing to cancel.`,
    });
  });

  test('of a failed one abandons its entry', async () => {
    const { task, entry } = await failedTask('cancel.txt');
    assert.equal(
      (await run('cancel', task)).stdout,
      `Task ${task} is cancelled. Its entry ${entry} is abandoned.\n`,
    );
  });
});

test('an id that is none, or of nothing, says where the ids are', async () => {
  const cases: [args: string[], message: RegExp][] = [
    [['dlq', 'show', '4711'], /There is no entry 4711: "npx jr dlq list --status all" lists them/],
    [['dlq', 'replay', '4711'], /There is no entry 4711/],
    [['dlq', 'resolve', '4711', '--notes', 'x'], /There is no entry 4711/],
    [['dlq', 'abandon', 'abc', '--notes', 'x'], /abc is no entry id: "npx jr dlq" lists the entries/],
    [['dlq', 'vote', '4711', 'retry', '--reason', 'x'], /There is no entry 4711/],
    [['cancel', '4711'], /There is no task 4711: "npx jr status" lists the latest/],
    [['cancel', 'abc'], /abc is no task id/],
    [['cancel', '1', '--by', ' '], /say it with --by NAME/],
  ];
  for (const [args, message] of cases) {
    const ended = await run(...args, '--json');
    assert.equal(ended.code, 2, args.join(' '));
    assert.match(JSON.parse(ended.stderr).error.message, message);
  }
});
