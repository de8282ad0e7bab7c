// `jr workers`, `jr pause`, `jr resume` and `jr invoke` against a stack of their own.
import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import type { Ended } from '../../support/jr.ts';
import { jrHere } from '../../support/jr-here.ts';
import { createDocument, editDocument } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

let folder: string;
let database: TestDatabase;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-cli-workers-'));
  database = await createDatabase();
  Object.assign(process.env, { JR_HOME: join(folder, '.jr'), DATABASE_URL: database.url });
  process.chdir(folder);
  const up = await run('up', '--json');
  assert.equal(up.code, 0, up.stderr);
});
after(async () => {
  await run('down');
  await database.drop();
  process.chdir(tmpdir());
  await rm(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => jrHere(args);
const parse = ({ stdout }: Ended) => JSON.parse(stdout);

async function row(name: string) {
  const { rows } = await database.pool.query('select * from jr_status where jr_name = $1', [name]);
  return rows[0];
}

async function online(...names: string[]): Promise<void> {
  await until(async () => (await Promise.all(names.map(row))).every(({ is_online }) => is_online));
}

describe('jr workers', () => {
  test('all shipped Jrs are online soon after jr up, because the first sweep asks them at once', async () => {
    await online('Software Engineer Jr.', 'Infrastructure Jr.', 'Vision Jr.', 'Research Jr.', 'it_triad_jr');
    const listed = await run('workers');
    assert.match(listed.stdout, /^Jr +role +state +last seen +running +waiting +breaker +specialties/);
    assert.match(
      listed.stdout,
      /^Vision Jr\. +vision +online +20\S+ \S+Z +0\/10 +0 +closed +vision, camera, image$/m,
    );
    const { workers } = parse(await run('workers', '--json'));
    assert.equal(workers.length, 5);
    assert.partialDeepStrictEqual(workers, [
      { jr_name: 'Infrastructure Jr.', state: 'online', in_service: true },
    ]);
  });

  test('a Jr is registered, answers, and is changed', async () => {
    const args = ['Test Jr.', '--role', 'tester', '--specialty', 'tests, quality', '--capacity', '3'];
    assert.deepEqual(parse(await run('workers', 'add', ...args, '--json')), {
      jr_name: 'Test Jr.',
      added: true,
    });
    await online('Test Jr.');
    assert.partialDeepStrictEqual(await row('Test Jr.'), {
      jr_role: 'tester',
      specialties: ['tests', 'quality'],
      max_concurrent: 3,
    });
    const again = await run('workers', 'add', 'Test Jr.');
    assert.equal(again.code, 1);
    assert.match(again.stdout, /^Test Jr\. is registered already: change it with/);
    assert.equal(
      (await run('workers', 'set', 'Test Jr.', '--capacity', '7')).stdout,
      'Test Jr. is changed.\n',
    );
    assert.partialDeepStrictEqual(await row('Test Jr.'), { jr_role: 'tester', max_concurrent: 7 });
  });

  test('out of service: its waiting tasks go to others; in again: it is asked and back', async () => {
    await database.pool.query(
      `insert into jr_work_queue (title, assigned_jr, status, not_before)
       values ('waits', 'Vision Jr.', 'assigned', now() + interval '1 day')`,
    );
    assert.deepEqual(parse(await run('workers', 'out', 'Vision Jr.', '--json')), {
      jr_name: 'Vision Jr.',
      in_service: false,
      changed: true,
      released: 1,
    });
    assert.match((await run('workers')).stdout, /^Vision Jr\. +vision +out of service/m);
    const already = await run('workers', 'out', 'Vision Jr.');
    assert.equal(already.code, 0);
    assert.equal(
      already.stdout,
      'Vision Jr. is out of service already; no waiting task was taken from it.\n',
    );
    assert.equal((await run('workers', 'in', 'Vision Jr.')).code, 0);
    await online('Vision Jr.');
  });

  test('a Jr that was given up is shown with what to do, and is revived', async () => {
    await database.pool.query(
      `update jr_status set is_online = false, breaker_state = 'open', breaker_failures = 6, breaker_opened_at = now()
       where jr_name = 'Research Jr.'`,
    );
    const listed = await run('workers');
    assert.match(listed.stdout, /^Research Jr\. +research +given up .* open \(6 failed\)/m);
    assert.match(listed.stdout, /Once Research Jr\. is mended: npx jr workers revive "Research Jr\."$/m);
    const revived = await run('workers', 'revive', 'Research Jr.', '--json');
    assert.deepEqual(parse(revived), { jr_name: 'Research Jr.', tried: true, answered: true });
    assert.partialDeepStrictEqual(await row('Research Jr.'), {
      is_online: true,
      breaker_failures: 0,
      restart_count: 1,
    });
    const healthy = await run('workers', 'revive', 'it_triad_jr');
    assert.deepEqual(
      [healthy.code, healthy.stdout],
      [1, 'it_triad_jr has not fallen silent: there is nothing to revive.\n'],
    );
  });

  test('what it cannot mean is usage', async () => {
    const cases = [
      [['set', 'Nobody Jr.', '--capacity', '1'], /There is no Jr "Nobody Jr\."/],
      [['set', 'Vision Jr.'], /Say what to change/],
      [['add', 'x', '--capacity', '0'], /whole number from 1/],
      [['add', ' '], /is no name for a Jr/],
      [['revive', 'Nobody Jr.'], /There is no Jr/],
    ] as const;
    for (const [args, said] of cases) {
      const ended = await run('workers', ...args);
      assert.equal(ended.code, 2, args.join(' '));
      assert.match(ended.stderr, said);
    }
  });
});

describe('jr pause and jr resume', () => {
  test('a pause is recorded, told by what waits, and a resumed task goes on', async () => {
    assert.equal((await run('pause')).code, 2);
    await writeFile(join(folder, 'guarded.md'), createDocument('.env', 'A=1'));
    const guarded = parse(await run('submit', 'guarded.md', '--wait', '--json')).task;
    await writeFile(join(folder, 'wrong.md'), editDocument('nowhere.txt', 'a', 'b'));
    const wrong = parse(await run('submit', 'wrong.md', '--wait', '--json')).task;
    const paused = parse(await run('pause', '--reason', 'maintenance', '--by', 'ada', '--json'));
    assert.partialDeepStrictEqual(paused, {
      claims_paused: true,
      changed: true,
      changed_by: 'ada',
      reason: 'maintenance',
    });
    assert.match(
      (await run('pause', '--reason', 'twice', '--by', 'bob')).stdout,
      /^They were paused already\. Claims are paused since \S+ \S+Z by ada: maintenance\./,
    );
    await writeFile(join(folder, 'waits.md'), createDocument('waits.txt', 'x'));
    const submitted = await run('submit', 'waits.md');
    assert.match(submitted.stdout, /^Claims are paused since .*"npx jr resume"\.\nTask \d+: /);
    const overview = await run('status');
    assert.match(overview.stdout, /^Claims are paused since /);
    assert.equal(parse(await run('status', '--json')).claims_paused, true);
    const id = /Task (\d+)/.exec(submitted.stdout)?.[1] ?? '';
    assert.equal(parse(await run('status', id, '--json')).status, 'pending');
    assert.match((await run('status', id)).stdout, /^Claims are paused since .*\n\n.*\ntask \d+ +pending/);

    const approved = await run('approve', String(guarded.id), '--reason', 'read');
    assert.match(approved.stdout, /and goes on\.\nClaims are paused since /);
    const replayed = await run('dlq', 'replay', String(wrong.entry_id), '--reason', 'mended');
    assert.match(replayed.stdout, /is resolved\.\nClaims are paused since /);

    const resumed = await run('resume', '--by', 'ada');
    assert.match(resumed.stdout, /^Claims are resumed\. What waits is begun (now|within a minute)\.\n$/);
    assert.partialDeepStrictEqual(parse(await run('resume', '--json')), {
      claims_paused: false,
      changed: false,
    });
  });
});

test('a task that waits for its parent says so instead of asking for an approval', async () => {
  const { rows } = await database.pool.query(
    `with parent as (insert into jr_work_queue (title, not_before) values ('p', now() + interval '1 day') returning id)
     insert into jr_work_queue (title, status, parent_task_id) select 'c', 'blocked', id from parent
     returning id, parent_task_id`,
  );
  const { id, parent_task_id: parent } = rows[0];
  const shown = await run('status', String(id));
  assert.match(shown.stdout, new RegExp(`It goes on by itself when task ${parent} is completed`));
  assert.doesNotMatch(shown.stdout, /approve/);
});

describe('jr invoke', () => {
  test('prints what the function answers', async () => {
    const { function: name, failed, payload } = parse(await run('invoke', 'health-sweep', '--json'));
    assert.deepEqual([name, failed, payload.failed], ['health-sweep', false, []]);
    assert.match((await run('invoke', 'health-sweep', '--payload', '{}')).stdout, /^\{\n {2}"parts": \{\n/);
  });

  test('a function that fails is exit code 1, with its error', async () => {
    const failed = await run('invoke', 'execute-task', '--payload', '{}');
    assert.equal(failed.code, 1);
    assert.match(
      failed.stdout,
      /^execute-task failed:\n\{\n {2}"errorType": "TypeError",\n {2}"errorMessage": "execute-task takes messages of the queue/,
    );
  });

  test('a function that answers that it was not done is exit code 1 as well', async () => {
    const refused = await run('invoke', 'drain', '--payload', '{"action": "dance"}', '--json');
    assert.equal(refused.code, 1);
    const { failed, payload } = parse(refused);
    assert.deepEqual([failed, payload.ok], [true, false]);
  });

  test('what it cannot mean is usage', async () => {
    const unknown = await run('invoke', 'nothing');
    assert.equal(unknown.code, 2);
    assert.match(unknown.stderr, /There is no function nothing; there are execute-task, /);
    const malformed = await run('invoke', 'health-sweep', '--payload', '{');
    assert.equal(malformed.code, 2);
    assert.match(malformed.stderr, /--payload is not JSON/);
  });
});

describe('jr doctor', () => {
  interface Checklist {
    readonly ok: boolean;
    readonly checks: readonly { name: string; state: string; summary: string; mend: string | null }[];
  }
  const examine = async (): Promise<[code: number | null, checklist: Checklist]> => {
    const ended = await run('doctor', '--json');
    return [ended.code, parse(ended)];
  };
  const byName = (checklist: Checklist, ...names: string[]) =>
    names.map(name => checklist.checks.find(check => check.name === name));

  test('finds the whole stack well, and needs no person for what mends itself', async () => {
    const [, checklist] = await examine();
    const parts = ['ledger', 'queues', 'schedules', 'functions', 'workspace', 'sweeps', 'claims'];
    const others = ['stale_tasks', 'ladder_queues', 'disagreements'];
    assert.partialDeepStrictEqual(
      byName(checklist, ...parts, ...others),
      [...parts, ...others].map(name => ({ name, state: 'ok', mend: null })),
    );
    assert.equal(checklist.ok, !checklist.checks.some(({ state }) => state === 'bad'));
  });

  test('a workspace that is away is to be put back, before a new start makes an empty one', async () => {
    const workspace = join(folder, '.jr/workspace');
    await rename(workspace, `${workspace}.away`);
    try {
      const [, checklist] = await examine();
      const [finding] = byName(checklist, 'workspace');
      assert.match(
        finding?.summary ?? '',
        /workspace is not there: put it back or mount it; a new start makes/,
      );
    } finally {
      await rename(`${workspace}.away`, workspace);
    }
  });

  test('finds what is not well, with the command that mends it, and is exit code 1', async () => {
    await database.pool.query(
      `insert into jr_work_queue (title, status, updated_at) values ('by hand', 'in_progress', now() - interval '2 hours')`,
    );
    await database.pool.query(
      `with task as (insert into jr_work_queue (title, status) values ('ended', 'completed') returning id)
       insert into jr_failed_tasks_dlq (original_task_id, failure_reason, resolution_status, next_retry_timestamp)
       select id, 'why', 'retrying', now() + interval '1 day' from task`,
    );
    await run('pause', '--reason', 'a look', '--by', 'ada');
    const [code, checklist] = await examine();
    assert.equal(code, 1);
    assert.partialDeepStrictEqual(byName(checklist, 'claims', 'stale_tasks', 'disagreements'), [
      { state: 'bad', mend: 'npx jr resume' },
      { state: 'bad' },
      { state: 'warn', mend: 'npx jr invoke health-sweep' },
    ]);
    await run('resume');
    const text = await run('doctor');
    assert.equal(text.code, 1);
    assert.match(text.stdout, /^check +what is so\n/);
    assert.match(text.stdout, /\nstale tasks +not well +1 task said to be running .*\(by hand\)\n/);
    assert.match(text.stdout, /\nto mend +run\n(.*\n)*stale tasks +npx jr cancel \d+ --reason/);
  });
});
