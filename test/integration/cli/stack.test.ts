// The commands of the README against a stack of their own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type Ended, jr, root } from '../../support/jr.ts';
import { jrHere } from '../../support/jr-here.ts';
import { createDocument, editDocument } from '../../support/messages.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../../support/otlp-receiver.ts';
import { until } from '../../support/until.ts';

let folder: string;
let database: TestDatabase;
let collector: OtlpReceiver;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-cli-stack-'));
  database = await createDatabase();
  collector = await startOtlpReceiver();
  Object.assign(process.env, {
    JR_HOME: join(folder, '.jr'),
    DATABASE_URL: database.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
  });
  process.chdir(folder);
  await writeFile(join(folder, 'good.md'), createDocument('made/by-jr.txt', made));
  await writeFile(join(folder, 'bad.md'), editDocument('nowhere.txt', 'a', 'b'));
});
after(async () => {
  await run('down');
  process.chdir(tmpdir());
  collector.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** With what SQS takes into no message: U+FFFF, and an emoji, which its emulator refuses. */
const made = 'made \u{1F4CB} \uFFFF \\u0041';

/** As a user does, in a process of its own. */
const run = (...args: string[]) => jr(args, { env: process.env, cwd: folder });
/** The same in this one, for what is asked again and again. */
const here = (...args: string[]) => jrHere(args);
const parse = ({ stdout }: Ended) => JSON.parse(stdout);

test('up, submit, status and down, one after the other', async t => {
  let info: Record<string, unknown> = {};
  await t.test('jr up --json prints one line with the addresses', async () => {
    const up = await run('up', '--json');
    assert.equal(up.code, 0, up.stderr);
    assert.equal(up.stdout.trimEnd().split('\n').length, 1);
    info = parse(up);
    assert.deepEqual(Object.keys(info), [
      'database_url',
      'sqs_endpoint',
      'scheduler_endpoint',
      'lambda_endpoint',
      'queues',
      'workspace',
    ]);
  });

  await t.test('a second jr up finds the first', async () => {
    assert.deepEqual(parse(await run('up', '--json')), info);
    assert.match((await run('up')).stdout, /^The local stack was up already\./);
  });

  await t.test('jr submit --wait follows a task to its completion', async () => {
    const submitted = await run(
      'submit',
      'good.md',
      '--wait',
      '--jr',
      'Vision Jr.',
      '--priority',
      '2',
      '--json',
    );
    assert.equal(submitted.code, 0, submitted.stderr);
    const { message_id, task_id, duplicate, task } = parse(submitted);
    assert.deepEqual([task_id, duplicate], [1, false]);
    assert.partialDeepStrictEqual(task, {
      status: 'completed',
      assigned_jr: 'Vision Jr.',
      priority: 2,
      task_key: message_id,
    });
    const written = await readFile(join(folder, '.jr/workspace/made/by-jr.txt'), 'utf8');
    assert.equal(written, `${made}\n`);
  });

  await t.test('a task that fails is exit code 1, and is told with its code', async () => {
    const failed = await run('submit', 'bad.md', '--wait');
    assert.equal(failed.code, 1);
    assert.match(failed.stdout, /failed.*FILE_NOT_FOUND line 5\n {2}nowhere\.txt is not in the workspace/s);
  });

  await t.test('a submission that is refused is exit code 1 and says why', async () => {
    const refused = await run('submit', 'good.md', '--jr', 'Nobody Jr.');
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /^Refused: assigned_jr: "Nobody Jr\." is not a registered Jr/);
    const listed = await here('status', '--rejected');
    assert.match(
      listed.stdout,
      /^message +received +why it is no task\n[0-9a-f-]{36} .*assigned_jr: "Nobody Jr\."/,
    );
    const [{ body }] = parse(await here('status', '--rejected', '--json')).rejected;
    assert.equal(JSON.parse(body).assigned_jr, 'Nobody Jr.');
  });

  await t.test('two submissions under one dedupe key are one task, and the second is told so', async () => {
    const first = await here('submit', 'good.md', '--dedupe-key', 'k');
    const id = /^Task (\d+): /.exec(first.stdout)?.[1];
    const second = await here('submit', 'good.md', '--dedupe-key', 'k');
    const told = `Under this dedupe key it is task ${id} already: this document is not taken in.\nTask ${id}: `;
    assert.ok(second.stdout.startsWith(told), second.stdout);
    const third = parse(await here('submit', 'good.md', '--dedupe-key', 'k', '--json'));
    assert.partialDeepStrictEqual(third, { task_id: Number(id), duplicate: true });
  });

  await t.test('jr status shows all, one by its id and one by its message', async () => {
    const overview = parse(await here('status', '--json'));
    assert.deepEqual(overview.counts, { completed: 2, failed: 1 });
    const one = parse(await here('status', '1', '--json'));
    assert.partialDeepStrictEqual(one, {
      id: 1,
      status: 'completed',
      steps: [{ target_file: 'made/by-jr.txt' }],
    });
    assert.deepEqual(parse(await here('status', one.task_key, '--json')), one);
    assert.equal((await here('status', '2', '--watch')).code, 1);
    assert.match((await here('status')).stdout, /1 failed, 2 completed|2 completed, 1 failed/);
    assert.match((await here('status', '4711')).stderr, /There is no task 4711/);
    assert.match((await here('status', 'abc')).stderr, /abc is neither a task id nor a message id/);
  });

  await t.test('a collector sees one trace, from jr submit over the queue into the function', async () => {
    const submits = () => collector.spans.filter(({ name }) => name === 'submit');
    const ofFirst = () => collector.spans.filter(({ traceId }) => traceId === submits()[0]?.traceId);
    await until(async () => ofFirst().some(({ name }) => name === 'execute-task'));
    assert.deepEqual(
      ofFirst()
        .map(({ service, name }) => `${service} ${name}`)
        .toSorted(),
      [
        'execute-task claim',
        'execute-task complete',
        'execute-task execute-task',
        'execute-task plan',
        'execute-task write',
        'jr submit',
      ],
    );
  });

  await t.test('jr trace tells the life of a task, by its id and by its message', async () => {
    const { task_key } = parse(await here('status', '1', '--json'));
    const traced = parse(await here('trace', task_key, '--json'));
    assert.partialDeepStrictEqual(traced, { task_id: 1, status: 'completed', attempt_count: 1 });
    assert.deepEqual(
      traced.events.map(({ event }: { event: string }) => event),
      ['created', 'attempt_started', 'step', 'attempt_ended', 'completed'],
    );
  });

  await t.test('jr approve lets through what a guard stopped, and records who and why', async () => {
    await writeFile(join(folder, 'env.md'), createDocument('.env', 'A=1'));
    const blocked = await here('submit', 'env.md', '--wait');
    assert.equal(blocked.code, 1);
    const id = /^task (\d+)/.exec(blocked.stdout)?.[1] ?? '';
    assert.match(blocked.stdout, new RegExp(`PATH_PROTECTED.*npx jr approve ${id} --reason`, 's'));
    assert.match((await here('approve', id)).stderr, /required option '--reason <text>'/);
    const approved = await here('approve', id, '--reason', 'a new service', '--by', 'ada', '--wait');
    assert.equal(approved.code, 0, approved.stdout + approved.stderr);
    assert.match(approved.stdout, /is approved \(PATH_PROTECTED\) and goes on\..*completed/s);
    assert.match(
      (await here('approve', id, '--reason', 'again')).stdout,
      /is completed: it has ended, there is nothing to approve/,
    );
  });

  await t.test('jr status is narrowed by status and limit, and says when there is more', async () => {
    const failed = parse(await here('status', '--status', 'failed', '--json'));
    assert.deepEqual([...new Set(failed.tasks.map(({ status }: { status: string }) => status))], ['failed']);
    assert.match((await here('status', '--limit', '1')).stdout, /^The latest 1 of \d+ are shown: --limit/m);
    assert.match((await here('status', '--status', 'assigned')).stdout, /^No task is assigned\.$/m);
  });

  await t.test('a task whose time has not come says so', async () => {
    const { rows } = await database.pool.query<{ id: string }>(
      `insert into jr_work_queue (title, not_before) values ('later', '2999-01-01Z') returning id`,
    );
    const later = /It is not begun before 2999-01-01 00:00:00Z\.$/m;
    assert.match((await here('status', String(rows[0]?.id))).stdout, later);
    assert.match((await here('status')).stdout, later);
  });

  await t.test('a task that failed names its own entry', async () => {
    const [{ id }] = parse(await here('status', '--status', 'failed', '--json')).tasks;
    assert.match((await here('status', String(id))).stdout, /what you can do: npx jr dlq show \d+$/m);
  });

  await t.test('jr demo --json leaves standard output to the tasks as they ended', async () => {
    const ended = await run('demo', '--once', '--json');
    assert.equal(ended.code, 0, ended.stderr);
    assert.partialDeepStrictEqual(parse(ended).tasks, [
      { status: 'completed', result: { steps_applied: 5 } },
      { status: 'completed', result: { steps_applied: 0 } },
    ]);
    assert.match(ended.stderr, /It was up already/);
  });

  await t.test(
    'Ctrl-C at a demonstration that waits says what it does, and a second one ends it',
    async () => {
      await here('pause', '--reason', 'the example waits');
      const demo = spawn(process.execPath, [join(root, 'cli/jr.js'), 'demo'], { cwd: folder });
      let [told, warned] = ['', ''];
      demo.stdout.setEncoding('utf8').on('data', chunk => {
        told += chunk;
      });
      demo.stderr.setEncoding('utf8').on('data', chunk => {
        warned += chunk;
      });
      const ended = once(demo, 'exit');
      await until(() => /Claims are paused .*\n.*pending/.test(told));
      demo.kill('SIGINT');
      await until(() => /It ends when the example has\. Ctrl-C once more ends it at once/.test(warned));
      demo.kill('SIGINT');
      assert.deepEqual(await ended, [null, 'SIGINT']);
      await here('resume');
    },
  );

  await t.test('with the ledger away a submission is told to be kept, and jr up that it is ill', async () => {
    const file = join(folder, '.jr/stack.json');
    const well = await readFile(file, 'utf8');
    const away = JSON.parse(well);
    away.info.database_url = 'postgres://postgres@127.0.0.1:9/jr';
    await writeFile(file, JSON.stringify(away));
    try {
      const submitted = await here('submit', 'good.md');
      assert.equal(submitted.code, 0, submitted.stderr);
      assert.match(submitted.stdout, /^Sent as message \S{36}: the queue keeps it/);
      const status = await here('status');
      assert.equal(status.code, 2);
      assert.match(status.stderr, /ECONNREFUSED.*npx jr down && npx jr up/);
      assert.doesNotMatch(status.stderr, /tried again/);
      assert.match(
        (await run('up')).stderr,
        /^jr: The local stack is up, but its PostgreSQL does not answer/,
      );
    } finally {
      await writeFile(file, well);
    }
  });

  await t.test('jr down stops it, and what it holds stays', async () => {
    assert.match((await run('down')).stdout, /^The local stack is down\./);
    assert.match((await run('down')).stdout, /^The local stack was not running\./);
    const nothing = await here('doctor');
    assert.equal(nothing.code, 2);
    assert.match(nothing.stderr, /The local stack is not running: start it with "npx jr up"/);
    assert.equal((await run('up')).code, 0);
    assert.equal(parse(await here('status', '1', '--json')).status, 'completed');
  });
});
