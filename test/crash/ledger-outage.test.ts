// The real ledger goes away from the real stack under load: it is stopped for a minute, its backends are killed, its
// connections used up. `outage.test.ts` has every point of such a moment, without a server that goes.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import functionSpecs from '../../infra/functions.json' with { type: 'json' };
import { type PostgresServer, startPostgres } from '../../infra/local/postgres.ts';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose-client.ts';
import { keepHistory } from '../support/crash/history.ts';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import { disagreements } from '../support/disagreements.ts';
import { createDocument } from '../support/messages.ts';
import { until } from '../support/until.ts';

/** A minute without a ledger, and up to two until a message that climbed all levels shows itself again. */
const skip = process.env['JR_CRASH'] === 'full' ? false : 'takes five minutes: npm run test:crash runs it';
const limits = { skip, timeout: 360_000 };

/** A lease lives 15 s longer than its function may run, and that is waited for here. */
const functions = {
  ...functionSpecs,
  'execute-task': { ...functionSpecs['execute-task'], timeout_seconds: 13 },
};

let folder: string;
let server: PostgresServer;
let stack: Stack;
let client: ReturnType<typeof composeClient>;
let pool: pg.Pool;

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), 'jr-outage-'));
  server = await startPostgres({ stateDir: join(folder, 'ledger'), durable: false });
  await server.ensureDatabase('jr');
  pool = new pg.Pool({ connectionString: server.url('jr') });
  pool.on('error', () => undefined); // its idle connections are killed with the others
  stack = await startStack({
    stateDir: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    databaseUrl: server.url('jr'),
    functions,
    visibilityTimeoutSeconds: 2,
    durable: false,
    env: {},
  });
  client = composeClient({
    ledger: { kind: 'url', url: server.url('jr') },
    tasksQueueUrl: stack.info.queues['jr-tasks'] ?? '',
    local: { sqsEndpoint: stack.info.sqs_endpoint },
  });
  await keepHistory(pool);
});
after(async () => {
  if (skip !== false) return;
  await client.view.close();
  await stack.stop();
  await pool.end();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Hands in a task every 50 ms until `disturb` has done its worst, and some more. @returns how many */
async function under(name: string, disturb: () => Promise<void>): Promise<number> {
  let disturbed = false;
  const disturbing = disturb().finally(() => {
    disturbed = true;
  });
  let sent = 0;
  for (let after = 0; after < 20; after += disturbed ? 1 : 0) {
    const instruction_content = createDocument(`${name}/${sent}.txt`, `${name} ${sent}`);
    await client.queue.send(JSON.stringify({ type: 'task.submit', title: name, instruction_content }));
    sent += 1;
    await sleep(50);
  }
  await disturbing;
  return sent;
}

/** Every task is done once, its file is right, and task, entry and queue agree (invariants 1, 5 and 8). */
async function assertRecovered(name: string, sent: number): Promise<void> {
  await until(async () => {
    await sweep();
    return (await count(`jr_work_queue where title = '${name}' and status = 'completed'`)) === sent;
  }, 240_000);
  assert.equal(await count(`jr_work_queue where title = '${name}'`), sent, 'none twice');
  assert.equal(
    await count(`jr_failed_tasks_dlq where resolution_status in ('unresolved', 'retrying')`),
    0,
    'what climbed is settled',
  );
  assert.deepEqual(await disagreements(pool), []);
  await assertLedgerHolds(pool);
  for (let n = 0; n < sent; n++) {
    assert.equal(await readFile(join(folder, 'workspace', name, `${n}.txt`), 'utf8'), `${name} ${n}\n`);
  }
  const climbed = await count(
    `jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id where w.title = '${name}'`,
  );
  console.log(`ledger ${name}: ${sent} tasks handed in, ${climbed} of them climbed, all done once`);
}

/** What the minute's schedule does, without waiting for the minute: what reached level 3 comes back. */
async function sweep(): Promise<void> {
  const url = `${stack.info.lambda_endpoint}/2015-03-31/functions/dlq-retry/invocations`;
  await fetch(url, { method: 'POST', body: '{}' });
  await sleep(500);
}

async function count(from: string): Promise<number> {
  const { rows } = await pool.query<{ n: string }>(`select count(*) as n from ${from}`);
  return Number(rows[0]?.n);
}

test('PostgreSQL is stopped for a minute under load and started again', limits, async () => {
  const { port } = server;
  const sent = await under('stopped', async () => {
    await sleep(1_000);
    await server.stop();
    await sleep(60_000);
    server = await startPostgres({ stateDir: join(folder, 'ledger'), port, durable: false });
  });
  await assertRecovered('stopped', sent);
});

test('its backends are killed under load', limits, async () => {
  const sent = await under('killed', async () => {
    for (let i = 0; i < 30; i++) {
      await pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'jr' and pid <> pg_backend_pid()`,
      );
      await sleep(60);
    }
  });
  await assertRecovered('killed', sent);
});

test('its connections are used up under load', limits, async () => {
  const sent = await under('exhausted', async () => {
    const hogs: pg.Client[] = [];
    for (let i = 0; i < 20; i++) {
      await takeEveryConnection(hogs);
      // Those that the functions hold go too: they need new ones, and find none.
      await hogs[0]?.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'jr' and application_name <> 'hog'`,
      );
    }
    await takeEveryConnection(hogs);
    await sleep(5_000);
    await Promise.all(hogs.map(hog => hog.end()));
  });
  await assertRecovered('exhausted', sent);
});

async function takeEveryConnection(hogs: pg.Client[]): Promise<void> {
  for (;;) {
    const hog = new pg.Client({ connectionString: server.url('jr'), application_name: 'hog' });
    try {
      await hog.connect();
    } catch (error) {
      assert.match(String(error), /too many clients|remaining connection slots/);
      return;
    }
    hogs.push(hog);
  }
}
