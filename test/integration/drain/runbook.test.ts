// docs/runbooks/dlq-drain.md is run: each `npx jr` fence in its order, on one stack, and its output compared with the text
// fence below it; then every command that its text names or its output advises. Times, sizes and checksums differ from run
// to run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileWorkspace } from '../../../shared/adapters/workspace/workspace.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { disagreements } from '../../support/disagreements.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { execute, root } from '../../support/jr.ts';
import { jrHere } from '../../support/jr-here.ts';
import { createDocument, editDocument } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

const page = await readFile(join(root, 'docs/runbooks/dlq-drain.md'), 'utf8');
const examples = [...page.matchAll(/^```sh\nnpx jr (.*)\n```\n\n```text\n([\s\S]*?)```$/gm)].map(
  ([, command = '', output = '']) => ({ command, output }),
);

/** Commands in the text and in what is printed: up to where the sentence goes on. */
const named = new Set(
  [...page.matchAll(/npx jr ((?:"[^"]*"|\.(?=\w)|[^".,:()`\n])+)/g)]
    .map(([, words = '']) =>
      words
        .replace(/("(?:why|\.\.\.)").*$/, '$1')
        .replace(/ (&&|says).*$/, '')
        .trim(),
    )
    .filter(words => !examples.some(({ command }) => command === words)),
);

let folder: string;
let database: TestDatabase;
let workspace: string;
let lambdaEndpoint: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-runbook-'));
  database = await createDatabase();
  Object.assign(process.env, { JR_HOME: join(folder, '.jr'), DATABASE_URL: database.url });
  process.chdir(folder);
  const up = await jrHere(['up', '--json']);
  assert.equal(up.code, 0, up.stderr);
  ({ workspace, lambda_endpoint: lambdaEndpoint } = JSON.parse(up.stdout));
  await put('golden/hello/instruction.md', createDocument('hello.txt', 'hello'));
  await put('golden/hello/after/hello.txt', 'hello\n');
  await put('greeting.txt', 'Good evening,\nhow are you?\n');
  await writeFile(
    join(folder, 'greet.md'),
    `# Greet\n\n${editDocument('greeting.txt', 'Good morning,\nhow are you?', 'Hello,\nhow are you?')}`,
  );
  await jrHere(['submit', 'greet.md', '--wait']);
  await writeFile(join(folder, 'corrected.md'), editDocument('greeting.txt', 'Good evening,', 'Hello,'));
  await insertFailed(
    database.pool,
    { network: 20, rateLimit: 8, staleSearch: 3, protectedPath: 2, crash: 2, quota: 2 },
    new Date(),
  );
});
after(async () => {
  await jrHere(['down']);
  process.chdir(tmpdir());
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function put(path: string, text: string): Promise<void> {
  const file = join(workspace, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** A command line as a shell cuts it: these quote nothing but whole arguments. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

const aws = await execute('aws', ['--version']).then(
  ({ code }) => code === 0,
  () => false,
);

function alike(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)?Z/g, 'TIME')
    .replace(/dlq-\d{4}-\S*\.jsonl/g, 'dlq-TIME.jsonl')
    .replace(/\(\d+ bytes\)/g, '(BYTES)')
    .replace(/[0-9a-f]{64}/g, 'SHA256')
    .replace(/\b\d+ ms\b/g, 'MS')
    .replace(/\b\d+ s\b/g, 'SECONDS')
    .replace(/ +/g, ' ');
}

/** Before a command the person on call does something with the workspace. */
const meanwhile: Readonly<Record<string, () => Promise<void>>> = {
  '--category SEARCH_NOT_FOUND': () => put('stale.txt', 'line 3 as it was\nline 9 as it was\n'),
};

/** Before and after all of it. */
const runBelow = ['up', 'down'];

/** In this order; the ledger is as the examples leave it, with an entry that was raised to the Council. */
const expected: Readonly<Record<string, { readonly code: number; readonly says: RegExp }>> = {
  doctor: { code: 1, says: /with the TPM/ },
  dlq: { code: 0, says: /with the TPM/ },
  status: { code: 0, says: /completed/ },
  'status 1': { code: 0, says: /^Greet\ntask 1 {2}completed/ },
  'dlq show ENTRY': { code: 0, says: /What you can do:\n {2}npx jr dlq vote/ },
  'dlq list --level 3': { code: 0, says: /3 Council/ },
  'dlq vote ENTRY retry --reason "..."': { code: 0, says: /1 of 2 that decide/ },
  'dlq import FILE': { code: 1, says: /^The ledger holds 38 tasks and 38 entries: .* Nothing was changed/ },
  'dlq show 11': { code: 0, says: /PATH_PROTECTED/ },
  'dlq show 12': { code: 0, says: /CRASHED/ },
  'dlq replay 1 --reason "what is different now"': { code: 1, says: /^Entry 1 is resolved already/ },
  'dlq resolve 1 --notes "mended by hand"': { code: 1, says: /^Entry 1 is resolved already/ },
  'dlq abandon 1 --notes "not worth it"': { code: 1, says: /^Entry 1 is resolved already/ },
  'dlq replay 16 --instruction FILE --reason "why"': { code: 0, says: /Task 16 is back in the queue/ },
  'dlq replay 13 --limit steps=N --reason "why"': { code: 0, says: /Task 13 is back in the queue/ },
  'drain --category CRASHED --reason "why"': { code: 0, says: /succeeded/ },
  'drain --category SEARCH_NOT_FOUND --reason "why"': { code: 0, says: /completed/ },
  'approve 11 --reason "why"': { code: 0, says: /Task 11 is approved/ },
  'drain --reason "why"': { code: 0, says: /completed/ },
  'drain --watch RUN': { code: 0, says: /drain 6 {2}completed/ },
  'drain status RUN': { code: 0, says: /drain 6 {2}completed/ },
  'drain stop --reason "..."': { code: 1, says: /No drain is under way/ },
  'pause --reason "..."': { code: 0, says: /Claims are paused/ },
  'drain --reason "..."': {
    code: 1,
    says: /Claims are paused by .* Resume claims \(npx jr resume\), then the run\./,
  },
  resume: { code: 0, says: /Claims are resumed/ },
  'drain resume RUN --reason "..."': { code: 0, says: /completed/ },
  'drain resume RUN --reason "what is different now"': { code: 1, says: /is not stopped/ },
  'approve TASK --reason "..."': { code: 0, says: /is approved/ },
};

describe('docs/runbooks/dlq-drain.md', () => {
  test('has an example for every step', () =>
    assert.ok(examples.length >= 12, `${examples.length} examples`));

  for (const { command, output } of examples) {
    test(`npx jr ${command}`, async () => {
      for (const [part, work] of Object.entries(meanwhile)) if (command.includes(part)) await work();
      const { stdout, stderr } = await jrHere(wordsOf(command));
      const shown = output.split('\n').filter(line => !/in_progress|pending|assigned /.test(line));
      const printed = stdout.split('\n').filter(line => !/in_progress|pending|assigned /.test(line));
      assert.equal(alike(printed.join('\n')), alike(shown.join('\n')), `${stderr}\n${stdout}`);
    });
  }

  test('every command that is named in the text or advised by an output is run below', () =>
    assert.deepEqual([...named].sort(), [...runBelow, ...Object.keys(expected)].sort()));

  test('what the TPM left unanswered is with the Council', async () => {
    await database.pool.query(
      `update jr_failed_tasks_dlq set escalation_level = 3, assigned_escalation_target = 'Council'
       where id = (select max(id) from jr_failed_tasks_dlq
         where resolution_status = 'unresolved' and error_code = 'LIMIT_EXCEEDED')`,
    );
  });

  for (const [command, { code, says }] of Object.entries(expected)) {
    test(`npx jr ${command}`, async () => {
      const [file = ''] = (await readdir(join(workspace, 'exports'))).filter(name => name.endsWith('.jsonl'));
      const { rows } = await database.pool.query(
        `select (select max(id) from jr_drain_runs)::text as run, (select min(id) from jr_failed_tasks_dlq
           where escalation_level = 3)::text as entry, (select min(id) from jr_work_queue where status = 'blocked')::text as task`,
      );
      const stands: Record<string, string> = {
        RUN: rows[0].run,
        ENTRY: rows[0].entry,
        TASK: rows[0].task,
        FILE: command.includes('import') ? join(workspace, 'exports', file) : 'corrected.md',
        'steps=N': 'steps=9',
      };
      const words = wordsOf(command).map(word => stands[word] ?? word);
      const ended = await jrHere(words);
      assert.equal(ended.code, code, ended.stdout + ended.stderr);
      assert.match(ended.stdout + ended.stderr, says);
    });
  }

  test('the client of AWS that the page begins with', {
    skip: aws ? false : 'it is not installed',
  }, async () => {
    const script = /```sh\n(echo[\s\S]*?)```/.exec(page)?.[1] ?? assert.fail('there is none');
    const local = {
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_DEFAULT_REGION: 'us-east-1',
    };
    const { code, stderr } = await execute(
      'sh',
      ['-ec', script.replace('aws lambda', `aws --endpoint-url ${lambdaEndpoint} lambda`)],
      { cwd: folder, env: { ...process.env, ...local } },
    );
    assert.equal(code, 0, stderr);
    const answer = JSON.parse(await readFile(join(folder, 'answer.json'), 'utf8'));
    assert.partialDeepStrictEqual(answer, { ok: true, action: 'status' });
  });

  test('--watch with --json tells of an older run', async () => {
    const watched = await jrHere(['drain', '--watch', '2', '--json']);
    assert.equal(watched.code, 0, watched.stderr);
    assert.partialDeepStrictEqual(JSON.parse(watched.stdout), { run: { id: 2, status: 'completed' } });
  });

  test('a run or an entry that is not there is usage, wherever it is named', async () => {
    const signed = ['--by', 'ada', '--reason', 'x'];
    for (const [args, message] of [
      [['drain', 'status', '99'], 'There is no drain run 99: "npx jr drain status" shows the latest.'],
      [['drain', 'stop', '99', ...signed], 'There is no drain run 99: '],
      [['drain', 'resume', '99', ...signed], 'There is no drain run 99: '],
      [['drain', '--watch', '99'], 'There is no drain run 99: '],
      [['dlq', 'replay', '9999', '--dry-run'], 'There is no entry 9999: '],
      [['dlq', 'replay', '0', '--dry-run'], 'entry_id: expected a whole number'],
    ] as const) {
      const { code, stdout, stderr } = await jrHere(args);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.ok(stderr.startsWith(`jr: ${message}`), stderr);
    }
  });

  test('Ctrl-C stops a drain after its batch, and it is resumed with a canary', async () => {
    await insertFailed(database.pool, { network: 120 }, new Date(), 1_000);
    const args = ['drain', '--by', 'ada', '--reason', 'again'];
    // Its second batch waits for this lock until the stop has been asked for.
    const client = await database.pool.connect();
    await client.query('begin');
    await client.query(
      'select 1 from jr_work_queue where id = (select max(id) from jr_work_queue) for update',
    );
    const child = spawn(process.execPath, [join(root, 'cli/jr.js'), ...args], {
      detached: true,
    });
    const stopped = { code: null as number | null, stdout: '', stderr: '' };
    child.stdout.on('data', chunk => {
      // Ctrl-C goes to the whole group of processes.
      if (stopped.stdout === '') process.kill(-Number(child.pid), 'SIGINT');
      stopped.stdout += chunk;
    });
    child.stderr.on('data', chunk => {
      stopped.stderr += chunk;
    });
    const closed = new Promise<number | null>(resolve => child.on('close', resolve));
    const asked = 'select 1 from jr_drain_runs where stop_requested_by is not null';
    await until(async () => (await database.pool.query(asked)).rowCount === 1);
    await client.query('rollback');
    client.release();
    stopped.code = await closed;
    assert.equal(stopped.code, 1, stopped.stdout + stopped.stderr);
    assert.match(stopped.stderr, /It stops after its batch/);
    assert.match(stopped.stdout, /drain \d+ {2}stopped {2}by ada: again\nStopped by ada: Ctrl-C\.\n/);
    const { rows } = await database.pool.query(
      `select count(*) filter (where state in ('claimed', 'rung')) as open, count(*) as taken from jr_drain_items
       where run_id = (select max(id) from jr_drain_runs)`,
    );
    assert.equal(rows[0].open, 0);
    assert.equal(rows[0].taken, 105);
    const run = /^drain (\d+)/m.exec(stopped.stdout)?.[1] ?? '';
    const resumed = await jrHere(['drain', 'resume', run, '--by', 'ada', '--reason', 'on', '--json']);
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.partialDeepStrictEqual(JSON.parse(resumed.stdout), {
      run: { status: 'completed', succeeded: 120 },
    });
  });

  test('the ledger agrees with itself after all of it (invariant 8)', async () => {
    assert.deepEqual(await disagreements(database.pool), []);
  });
});

describe('the disaster: the ledger is gone, an export is there', () => {
  let path: string;
  let exported: unknown;

  /** What has to come back, of what is open. */
  async function contents(): Promise<unknown> {
    const { rows } = await database.pool.query(
      `with open as (select id, original_task_id from jr_failed_tasks_dlq
         where resolution_status in ('unresolved', 'retrying'))
       select
         (select json_agg(json_build_array(w.id, w.task_key, w.title, w.status, w.instruction_content, w.instruction_file,
           w.parent_task_id, w.lease_epoch) order by w.id)
           from jr_work_queue w where id in (select original_task_id from open)) as tasks,
         (select json_agg(a order by task_id, attempt) from jr_task_attempts a
           where task_id in (select original_task_id from open)) as attempts,
         (select json_agg(s order by task_id, step_number) from jr_step_rewards s
           where task_id in (select original_task_id from open)) as steps,
         (select json_agg(json_build_array(d.id, d.original_task_id, d.failure_reason, d.error_code, d.escalation_level,
           d.resolution_status, d.created_at) order by d.id)
           from jr_failed_tasks_dlq d where id in (select id from open)) as entries`,
    );
    return rows;
  }

  test('what is open is exported, and then all of it is lost', async () => {
    await insertFailed(database.pool, { staleSearch: 3, quota: 2, protectedPath: 2 }, new Date(), 2_000);
    await put('docs/by-name.md', editDocument('nowhere.txt', 'a', 'b'));
    await database.pool.query(
      `update jr_work_queue set instruction_content = null, instruction_file = '/ganuda/docs/by-name.md'
       where id = (select max(original_task_id) from jr_failed_tasks_dlq)`,
    );
    const answer = await jrHere(['drain', 'export', '--reason', 'the disk sounds odd', '--json']);
    assert.equal(answer.code, 0, answer.stdout + answer.stderr);
    const { file, entries } = JSON.parse(answer.stdout).run.export;
    path = join(workspace, file);
    exported = await contents();
    assert.ok(entries >= 7, `${entries} entries`);
    await database.owner.query('truncate jr_work_queue, jr_drain_runs restart identity cascade');
    await rm(join(workspace, 'docs/by-name.md'));
    assert.match((await jrHere(['dlq'])).stdout, /^Nothing has failed that is still open/);
  });

  test('a damaged file, one without its checksum, and none: nothing is taken, and it says why', async () => {
    const damaged = join(folder, 'damaged.jsonl');
    await copyFile(path, damaged);
    const without = await jrHere(['dlq', 'import', damaged]);
    assert.match(
      without.stderr,
      /damaged\.jsonl\.sha256 is not there: the checksum comes with the export, copy both\.\n$/,
    );
    await copyFile(`${path}.sha256`, `${damaged}.sha256`);
    await truncate(damaged, (await stat(damaged)).size - 10);
    const cut = await jrHere(['dlq', 'import', damaged]);
    assert.match(cut.stderr, /is not what was exported: its SHA-256 is .* Copy it again\.\n$/);
    const none = await jrHere(['dlq', 'import', join(folder, 'none.jsonl'), '--json']);
    assert.match(
      JSON.parse(none.stderr).error.message,
      /cannot be read: name a file that "jr drain export" wrote/,
    );
    assert.deepEqual([without.code, cut.code, none.code], [2, 2, 2]);
    assert.match((await jrHere(['dlq'])).stdout, /^Nothing has failed/);
  });

  test('jr dlq import brings back entries, tasks, attempts and documents; a second one changes nothing', async () => {
    // One that was killed has staged what it was about to put there.
    const cut = { path: 'docs/by-name.md', before: null, after: Buffer.from('x') };
    const journal = { key: 'import', epoch: 1 };
    await fileWorkspace({ root: workspace }).write([{ journal, changes: [cut], mayWrite: () => undefined }]);
    await rm(join(workspace, cut.path));
    const taken = await jrHere(['dlq', 'import', path]);
    assert.equal(taken.code, 0, taken.stderr);
    assert.match(taken.stdout, /^The checksum holds: [0-9a-f]{64}\njr_status: \d+\njr_work_queue: \d+\n/);
    assert.match(
      taken.stdout,
      /^Instruction files that were missing in the workspace and are back: docs\/by-name\.md$/m,
    );
    assert.match(taken.stdout, /What is open is where it was: see it with "npx jr dlq"\.\n$/);
    assert.deepEqual(await contents(), exported);
    const file = await readFile(join(workspace, 'docs/by-name.md'), 'utf8');
    assert.equal(file, editDocument('nowhere.txt', 'a', 'b'));
    assert.deepEqual(await disagreements(database.pool), []);
    const again = await jrHere(['dlq', 'import', path]);
    assert.equal(again.code, 1);
    assert.match(again.stdout, /^The ledger holds \d+ tasks and \d+ entries: .* Nothing was changed\./);
    assert.deepEqual(await contents(), exported);
  });

  test('and work goes on: what came back is drained, and new tasks have new ids', async () => {
    await put('stale.txt', 'line 2001 as it was\n');
    const drained = await jrHere([
      'drain',
      '--category',
      'SEARCH_NOT_FOUND',
      '--reason',
      'it is back',
      '--json',
    ]);
    assert.equal(drained.code, 0, drained.stdout);
    assert.partialDeepStrictEqual(JSON.parse(drained.stdout), { run: { status: 'completed', succeeded: 1 } });
    const submitted = await jrHere(['submit', 'greet.md', '--wait', '--json']);
    assert.partialDeepStrictEqual(JSON.parse(submitted.stdout), { task: { status: 'completed' } });
    assert.deepEqual(await disagreements(database.pool), []);
  });
});
