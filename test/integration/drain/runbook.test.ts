// docs/runbooks/dlq-drain.md is run: each `npx jr` fence in its order, on one stack, and its output compared with the text
// fence below it. Times, sizes and checksums differ from run to run.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { disagreements } from '../../support/disagreements.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { jr, root } from '../../support/jr.ts';
import { createDocument, editDocument } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

const page = await readFile(join(root, 'docs/runbooks/dlq-drain.md'), 'utf8');
const examples = [...page.matchAll(/^```sh\nnpx jr (.*)\n```\n\n```text\n([\s\S]*?)```$/gm)].map(
  ([, command = '', output = '']) => ({ command, output }),
);

let folder: string;
let database: TestDatabase;
let env: NodeJS.ProcessEnv;
let workspace: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-runbook-'));
  database = await createDatabase();
  env = { ...process.env, JR_HOME: join(folder, '.jr'), DATABASE_URL: database.url };
  const up = await jr(['up', '--json'], { env, cwd: folder });
  assert.equal(up.code, 0, up.stderr);
  workspace = JSON.parse(up.stdout).workspace;
  await put('golden/hello/instruction.md', createDocument('hello.txt', 'hello'));
  await put('golden/hello/after/hello.txt', 'hello\n');
  await put('greeting.txt', 'Good evening,\nhow are you?\n');
  await writeFile(
    join(folder, 'greet.md'),
    `# Greet\n\n${editDocument('greeting.txt', 'Good morning,\nhow are you?', 'Hello,\nhow are you?')}`,
  );
  await jr(['submit', 'greet.md', '--wait'], { env, cwd: folder });
  await writeFile(join(folder, 'corrected.md'), editDocument('greeting.txt', 'Good evening,', 'Hello,'));
  await insertFailed(
    database.pool,
    { network: 20, rateLimit: 8, staleSearch: 3, protectedPath: 2, crash: 2, quota: 2 },
    new Date(),
  );
});
after(async () => {
  await jr(['down'], { env });
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

function alike(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?(Z|\+00:00))?/g, 'TIME')
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

describe('docs/runbooks/dlq-drain.md', () => {
  test('has an example for every step', () =>
    assert.ok(examples.length >= 12, `${examples.length} examples`));

  for (const { command, output } of examples) {
    test(`npx jr ${command}`, async () => {
      for (const [part, work] of Object.entries(meanwhile)) if (command.includes(part)) await work();
      const { stdout, stderr } = await jr(wordsOf(command), { env, cwd: folder });
      const shown = output.split('\n').filter(line => !/in_progress|pending|assigned /.test(line));
      const printed = stdout.split('\n').filter(line => !/in_progress|pending|assigned /.test(line));
      assert.equal(alike(printed.join('\n')), alike(shown.join('\n')), `${stderr}\n${stdout}`);
    });
  }

  test('an export goes into an empty ledger alone, and --watch with --json tells of an older run', async () => {
    const [file] = (await readdir(join(workspace, 'exports'))).filter(name => name.endsWith('.jsonl'));
    const taken = await jr(['dlq', 'import', join(workspace, 'exports', file ?? '')], { env, cwd: folder });
    assert.equal(taken.code, 1, taken.stderr);
    assert.match(
      taken.stdout,
      /^The ledger holds 38 tasks and 38 entries: an export is put back into an empty one/,
    );
    const watched = await jr(['drain', '--watch', '1', '--json'], { env, cwd: folder });
    assert.equal(watched.code, 0, watched.stderr);
    assert.partialDeepStrictEqual(JSON.parse(watched.stdout), { run: { id: 1, status: 'completed' } });
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
      env,
      cwd: folder,
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
    assert.match(stopped.stdout, /drain 3 {2}stopped {2}by ada: again\nStopped by ada: Ctrl-C\.\n/);
    const { rows } = await database.pool.query(
      `select count(*) filter (where state in ('claimed', 'rung')) as open, count(*) as taken from jr_drain_items where run_id = 3`,
    );
    assert.equal(rows[0].open, 0);
    assert.equal(rows[0].taken, 105);
    const resumed = await jr(['drain', 'resume', '3', '--by', 'ada', '--reason', 'on', '--json'], {
      env,
      cwd: folder,
    });
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.partialDeepStrictEqual(JSON.parse(resumed.stdout), {
      run: { status: 'completed', succeeded: 120 },
    });
  });

  test('the ledger agrees with itself after all of it (invariant 8)', async () => {
    assert.deepEqual(await disagreements(database.pool), []);
  });
});
