// A drain on the deployed bundles, through the Lambda Invoke API: killed, woken by the minute sweep, done.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { invokeFunction } from '../../../cli/invoke-function.ts';
import { type Stack, startStack } from '../../../infra/local/stack.ts';
import type { DrainRunView } from '../../../shared/ports/drain-view.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { disagreements } from '../../support/disagreements.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { execute } from '../../support/jr.ts';
import { createDocument } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

/** Of each of the six kinds. `npm run test:crash` has all 300. */
const each = process.env['JR_CRASH'] === 'full' ? 50 : 10;

let folder: string;
let database: TestDatabase;
let stack: Stack;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-drain-'));
  database = await createDatabase();
  stack = await startStack({
    stateDir: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    databaseUrl: database.url,
    durable: false,
    env: {},
  });
});
after(async () => {
  await stack.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const signed = { operator: 'ada', reason: 'the network is back' };

async function rows(sql: string) {
  return (await database.pool.query(sql)).rows;
}

/** The stack as the command line finds it. */
function target() {
  return { local: stack.info, functionName: (name: string) => name };
}

async function drain(payload: object) {
  // What the runbook answers, as its type says; a run where there is one.
  const { payload: answer } = await invokeFunction(target(), 'drain', payload);
  return answer as { ok: boolean; run: DrainRunView | null; help?: object };
}

/** Ends the function processes of the stack, as a machine that dies does. */
async function killFunctions(): Promise<void> {
  for (const name of await readdir(join(folder, 'state/lambda/processes'))) {
    try {
      process.kill(Number(name), 'SIGKILL');
    } catch (error) {
      // It has ended by itself meanwhile.
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  }
}

test('an empty payload answers where things stand and what there is, and changes nothing', async () => {
  const answer = await drain({});
  assert.partialDeepStrictEqual(answer, { ok: true, run: null, open_entries: 0 });
  assert.ok(answer.help !== undefined && 'categorize' in answer.help);
});

test(`${6 * each} failed tasks of six kinds, killed in the middle: what was transient succeeds, the rest is with whom it was`, async () => {
  await insertFailed(
    database.pool,
    { network: each, rateLimit: each, staleSearch: each, protectedPath: each, crash: each, quota: each },
    new Date(),
  );
  // Counting the categories reads the steps: it waits here, claims paused, until it is killed.
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query('lock table jr_step_rewards in access exclusive mode');
  const killed = invokeFunction(target(), 'drain', {
    action: 'drain',
    ...signed,
    pause_claims: true,
  });
  await until(
    async () => (await rows(`select 1 from jr_control where changed_by = 'drain run 1'`)).length === 1,
  );
  await killFunctions();
  assert.equal((await killed).failed, true);
  await client.query('rollback');
  client.release();
  assert.deepEqual(await rows(`select value from jr_control where name = 'claims_paused'`), [
    { value: true },
  ]);

  // Five minutes later its lease has run out, and the minute sweep wakes drain for it.
  await database.pool.query(`update jr_drain_runs set lease_expires_at = now() - interval '2 minutes',
    heartbeat_at = now() - interval '5 minutes', created_at = created_at - interval '5 minutes'`);
  const sweep = await invokeFunction(target(), 'dlq-retry', {});
  assert.partialDeepStrictEqual(sweep, { failed: false, payload: { drains_continued: 1 } });
  const run = await until(async () => {
    const { run } = await drain({ action: 'status' });
    return run !== null && run.status !== 'running' ? run : null;
  }, 60_000);

  assert.partialDeepStrictEqual(run, {
    status: 'completed',
    total: 2 * each,
    taken: 2 * each,
    succeeded: 2 * each,
    failed: 0,
    skipped: 0,
    claims_paused_before: false,
    retried: ['QUEUE_UNAVAILABLE', 'RATE_LIMITED'],
    report: { open_before: 6 * each, open_after: 4 * each, success_rate: 1 },
  });
  assert.deepEqual(
    run.report?.left.map(({ category, count }) => [category, count]),
    [
      ['CRASHED', each],
      ['LIMIT_EXCEEDED', each],
      ['PATH_PROTECTED', each],
      ['SEARCH_NOT_FOUND', each],
    ],
  );
  assert.deepEqual(await rows(`select value from jr_control where name = 'claims_paused'`), [
    { value: false },
  ]);
  // Nothing twice: one attempt more for what was retried, none for the rest, and every file once.
  assert.deepEqual(
    await rows(
      `select w.status, w.attempt_count, count(*) as n from jr_work_queue w group by 1, 2 order by 1, 2`,
    ),
    [
      { status: 'blocked', attempt_count: 1, n: each },
      { status: 'completed', attempt_count: 2, n: 2 * each },
      { status: 'failed', attempt_count: 1, n: 3 * each },
    ],
  );
  assert.deepEqual(
    await rows(
      `select distinct assigned_escalation_target as target from jr_failed_tasks_dlq where resolution_status = 'unresolved'`,
    ),
    [{ target: 'TPM' }],
  );
  const files = await readdir(join(folder, 'workspace'), { recursive: true });
  assert.equal(files.filter(name => name.endsWith('.txt')).length, 2 * each);
  assert.deepEqual(await disagreements(database.pool), []);
});

const aws = await execute('aws', ['--version']).then(
  ({ code }) => code === 0,
  () => false,
);

test('aws lambda invoke starts one', { skip: aws ? false : 'the aws client is not installed' }, async () => {
  await insertFailed(database.pool, { network: 3 }, new Date());
  await rm(join(folder, 'workspace/network'), { recursive: true, force: true });
  const document = createDocument('by-aws.txt', 'x');
  await database.pool.query(
    'update jr_work_queue set instruction_content = $1 where id = (select max(id) from jr_work_queue)',
    [document],
  );
  const payload = join(folder, 'payload.json');
  const answer = join(folder, 'answer.json');
  await writeFile(payload, JSON.stringify({ action: 'drain', ...signed }));
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_DEFAULT_REGION: 'us-east-1',
  };
  const invoked = await execute(
    'aws',
    [
      ...['--endpoint-url', stack.info.lambda_endpoint, 'lambda', 'invoke', '--function-name', 'drain'],
      ...['--payload', `fileb://${payload}`, answer],
    ],
    { env },
  );
  assert.equal(invoked.code, 0, invoked.stderr);
  assert.partialDeepStrictEqual(JSON.parse(await readFile(answer, 'utf8')), {
    ok: true,
    run: { status: 'completed', succeeded: 3 },
  });
  assert.equal(await readFile(join(folder, 'workspace/by-aws.txt'), 'utf8'), 'x\n');
});
