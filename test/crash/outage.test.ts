// The ledger goes away under load: stopped and started again, its backends killed, its connections used up.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../infra/local/postgres.ts';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose.ts';
import { createDocument } from '../support/messages.ts';
import { until } from '../support/until.ts';

const tasks = 40;

/** It waits for leases to run out and for messages to climb: two minutes, which `npm run test:crash` has. */
const skip = process.env['JR_CRASH'] === 'full' ? false : 'takes two minutes: npm run test:crash runs it';

let folder: string;
let server: PostgresServer;
let stack: Stack;
let client: ReturnType<typeof composeClient>;

before(async () => {
  if (skip !== false) return;
  folder = await mkdtemp(join(tmpdir(), 'jr-outage-'));
  server = await startPostgres({ stateDir: join(folder, 'ledger'), durable: false });
  await server.ensureDatabase('jr');
  stack = await startStack({
    stateDir: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    buildDir: join(folder, 'build'),
    databaseUrl: server.url('jr'),
    visibilityTimeoutSeconds: 2,
    env: {},
  });
  client = composeClient({
    databaseUrl: server.url('jr'),
    tasksQueueUrl: stack.info.queues['jr-tasks'] ?? '',
    local: { sqsEndpoint: stack.info.sqs_endpoint },
  });
});
after(async () => {
  if (skip !== false) return;
  await client.view.close();
  await stack.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Submits while `disturb` does its worst. */
async function under(name: string, disturb: () => Promise<void>): Promise<void> {
  const disturbed = disturb();
  for (let n = 0; n < tasks; n++) {
    const instruction_content = createDocument(`${name}/${n}.txt`, `${name} ${n}`);
    await client.queue.send(JSON.stringify({ type: 'task.submit', title: name, instruction_content }));
    await sleep(20);
  }
  await disturbed;
}

/** Every task is done once, its file is right, and task and entry agree (invariants 1, 5 and 8). */
async function recovered(name: string): Promise<void> {
  // What climbed to level 3 comes back with the sweep: it is called here instead of waiting for its minute.
  await until(async () => {
    await fetch(`${stack.info.lambda_endpoint}/2015-03-31/functions/dlq-retry/invocations`, {
      method: 'POST',
      body: '{}',
    });
    await sleep(500);
    const { rows } = await query(
      `select count(*) as n from jr_work_queue where title = '${name}' and status = 'completed'`,
    );
    return Number(rows[0].n) === tasks;
  }, 100_000);
  const { rows } = await query(
    `select count(*) as n from jr_failed_tasks_dlq where resolution_status in ('unresolved', 'retrying')`,
  );
  assert.equal(Number(rows[0].n), 0);
  for (let n = 0; n < tasks; n++) {
    assert.equal(await readFile(join(folder, 'workspace', name, `${n}.txt`), 'utf8'), `${name} ${n}\n`);
  }
}

async function query(sql: string): Promise<pg.QueryResult> {
  const connection = new pg.Client({ connectionString: server.url('jr') });
  await connection.connect();
  try {
    return await connection.query(sql);
  } finally {
    await connection.end();
  }
}

test('PostgreSQL is stopped under load and started again: nothing is lost, everything is done once', {
  skip,
}, async () => {
  const { port } = server;
  await under('stopped', async () => {
    await sleep(100);
    await server.stop();
    await sleep(8_000); // long enough for messages to climb all levels
    server = await startPostgres({ stateDir: join(folder, 'ledger'), port, durable: false });
  });
  await recovered('stopped');
});

test('backends are killed under load: nothing is lost, everything is done once', { skip }, async () => {
  await under('killed', async () => {
    for (let i = 0; i < 10; i++) {
      await query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = 'jr' and pid <> pg_backend_pid()`,
      );
      await sleep(60);
    }
  });
  await recovered('killed');
});

test('connections are used up under load: nothing is lost, everything is done once', { skip }, async () => {
  await under('exhausted', async () => {
    const hogs: pg.Client[] = [];
    try {
      for (;;) {
        const hog = new pg.Client({ connectionString: server.url('jr') });
        hog.on('error', () => {}); // the functions' own connections may be what is refused next
        await hog.connect();
        hogs.push(hog);
      }
    } catch (error) {
      assert.match(String(error), /too many clients|remaining connection slots/);
    }
    // Those that the functions hold go too: they need new ones now, and get none.
    await hogs[0]?.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = 'jr' and application_name = '' and backend_start < (select backend_start from pg_stat_activity where pid = pg_backend_pid())`,
    );
    await sleep(3_000);
    await Promise.all(hogs.map(hog => hog.end()));
  });
  await recovered('exhausted');
});
