import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { Client } from 'pg';
import { downStack, findStack, upStack } from '../../../infra/local/control.ts';
import type { StackInfo } from '../../../infra/local/stack.ts';
import { tempFolder } from '../../support/temp-folder.ts';
import { until } from '../../support/until.ts';

const run = promisify(execFile);

/** A state folder of its own, and nothing of the caller's settings. */
async function home(t: TestContext) {
  let env: NodeJS.ProcessEnv = {};
  const stateDir = await tempFolder(t, () => downStack(env));
  env = { PATH: process.env['PATH'], HOME: process.env['HOME'], JR_HOME: stateDir };
  return { stateDir, env };
}

async function query(info: StackInfo, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: info.database_url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** A queue that no function reads. */
async function ownQueue(t: TestContext, info: StackInfo) {
  const sqs = new SQSClient({
    endpoint: info.sqs_endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  t.after(() => sqs.destroy());
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'own' }));
  return {
    send: (body: string) => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body })),
    receive: async () => {
      const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 });
      return ((await sqs.send(command)).Messages ?? []).map(({ Body }) => Body).sort();
    },
  };
}

async function pidOf(file: string): Promise<number> {
  const text = await readFile(file, 'utf8');
  return text.startsWith('{') ? JSON.parse(text).pid : Number(text.split('\n')[0]);
}

/** [process, parent] of everything that runs; what has ended and was not reaped does not. */
async function processes(): Promise<[number, number][]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,stat=']);
  return stdout
    .trim()
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, , state = '']) => !state.startsWith('Z'))
    .map(([pid, parent]) => [Number(pid), Number(parent)]);
}

async function familyOf(stateDir: string) {
  const daemon = await pidOf(join(stateDir, 'stack.json'));
  const postgres = await pidOf(join(stateDir, 'postgres/data/postmaster.pid'));
  const children = (await processes()).filter(([, parent]) => parent === daemon).map(([pid]) => pid);
  return { daemon, postgres, children };
}

test('two ups at once make one stack; a later up finds it, find sees it, down ends it and says when there is none', async t => {
  const { env, stateDir } = await home(t);
  assert.equal(await findStack(env), null);
  assert.equal(await downStack(env), false);
  const lines: string[] = [];
  const [one, other] = await Promise.all([
    upStack({ env, onProgress: line => lines.push(line) }),
    upStack({ env, onProgress: line => lines.push(line) }),
  ]);
  assert.deepEqual([one.started, other.started].sort(), [false, true]);
  assert.deepEqual(one.info, other.info);
  assert.match(lines.join('\n'), /PostgreSQL is up/);
  assert.deepEqual(await upStack({ env }), { info: one.info, started: false });
  assert.deepEqual(await findStack(env), one.info);
  await assert.rejects(
    upStack({ env: { ...env, JR_WORKSPACE: '/elsewhere' } }),
    /StackError: The local stack is up on the workspace .*, and JR_WORKSPACE names \/elsewhere: .*npx jr down/,
  );
  await assert.rejects(
    upStack({ env: { ...env, PROTECTED_PATHS: 'src/**' } }),
    /StackError: The local stack is up with PROTECTED_PATHS "", and here it is "src\/\*\*": .*npx jr down/,
  );
  const { workspace } = one.info;
  assert.equal((await upStack({ env: { ...env, JR_WORKSPACE: workspace } })).started, false);

  const elsewhere = await home(t);
  const port = new URL(one.info.sqs_endpoint).port;
  await assert.rejects(
    upStack({ env: { ...elsewhere.env, JR_SQS_PORT: port } }),
    new RegExp(`The local stack did not start: Port ${port} for SQS is taken: .*JR_SQS_PORT`),
    'a start that fails says in a sentence what to do',
  );
  assert.equal(await downStack(elsewhere.env), false, 'and nothing of it is left running');

  const { daemon, postgres, children } = await familyOf(stateDir);
  assert.equal(await downStack(env), true);
  assert.equal(await findStack(env), null);
  assert.equal(await downStack(env), false);
  await until(async () => {
    const running = (await processes()).map(([pid]) => pid);
    return ![daemon, postgres, ...children].some(pid => running.includes(pid));
  });

  let progress = () => {};
  const begun = new Promise<void>(resolve => {
    progress = resolve;
  });
  const named = await tempFolder(t);
  const starting = upStack({ env: { ...env, JR_WORKSPACE: named }, onProgress: progress });
  await begun;
  assert.equal(
    await downStack(env),
    true,
    'down ends a start that is under way: who pressed Ctrl-C asks for it',
  );
  assert.equal((await starting).info.workspace, named);
  assert.equal(await findStack(env), null);
  assert.equal((await upStack({ env })).info.workspace, named, 'as the ledger knows what was done there');
});

test('after a kill -9 of everything the next up has every message and every row', async t => {
  const { env, stateDir } = await home(t);
  const { info } = await upStack({ env });
  await query(info, 'create table kept as select 17 as n');
  const before = await ownQueue(t, info);
  await Promise.all(Array.from({ length: 10 }, (_, n) => before.send(`message ${n}`)));
  assert.equal((await before.receive()).length, 10, 'all are in flight when it happens');
  await query(info, 'insert into kept values (18)');
  const { daemon, postgres, children } = await familyOf(stateDir);
  for (const pid of [daemon, postgres, ...children]) process.kill(pid, 'SIGKILL');

  const again = await upStack({ env });
  assert.equal(again.started, true);
  assert.deepEqual(await query(again.info, 'select n from kept order by n'), [{ n: 17 }, { n: 18 }]);
  assert.deepEqual(
    await (await ownQueue(t, again.info)).receive(),
    Array.from({ length: 10 }, (_, n) => `message ${n}`),
  );
});

test('after a kill -9 of the daemon alone its functions end by themselves and PostgreSQL is taken over', async t => {
  const { env, stateDir } = await home(t);
  const { info } = await upStack({ env });
  const before = await until(async () => {
    const family = await familyOf(stateDir);
    return family.children.length > 0 && family;
  });
  process.kill(before.daemon, 'SIGKILL');
  await until(async () => {
    const running = (await processes()).map(([pid]) => pid);
    return !before.children.some(pid => running.includes(pid));
  });
  assert.equal(await findStack(env), null);
  // One that does not leave by itself, as a handler that never yields: it is known by its file and its command.
  const bootstrap = join(stateDir, 'lambda/bootstrap.mjs');
  const stuck = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)', bootstrap], { stdio: 'ignore' });
  const ended = once(stuck, 'exit');
  await writeFile(join(stateDir, 'lambda/processes', String(stuck.pid)), '');
  await writeFile(join(stateDir, 'lambda/processes', String(process.pid)), ''); // a number that was used again
  const again = await upStack({ env });
  assert.deepEqual(again, { info, started: true });
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  assert.equal((await familyOf(stateDir)).postgres, before.postgres);

  const { daemon } = await familyOf(stateDir);
  await rm(join(stateDir, 'stack.json'));
  await until(async () => !(await processes()).some(([pid]) => pid === daemon));
  assert.deepEqual(await upStack({ env }), { info, started: true }, 'one that nobody could find has ended');

  process.kill((await familyOf(stateDir)).daemon, 'SIGKILL');
  assert.equal(await downStack(env), true, 'down also ends a PostgreSQL that was left behind');
  await until(async () => !(await processes()).some(([pid]) => pid === before.postgres));
});

test('what is wrong with the folder or with DATABASE_URL is a sentence that names it', async t => {
  const { stateDir, env } = await home(t);
  const taken = join(stateDir, 'a-file');
  await writeFile(taken, '');
  await assert.rejects(upStack({ env: { ...env, JR_HOME: taken } }), /cannot be written .*JR_HOME/);
  await assert.rejects(downStack({ ...env, JR_HOME: taken }), /cannot be written .*JR_HOME/);
  assert.equal(await downStack({ ...env, JR_HOME: join(stateDir, 'mistyped') }), false);
  await assert.rejects(access(join(stateDir, 'mistyped')), { code: 'ENOENT' });
  // Stands for one that another user may read alone; root may read every file.
  await mkdir(join(stateDir, 'theirs/stack.json'), { recursive: true });
  const theirs = { ...env, JR_HOME: join(stateDir, 'theirs') };
  // One after the other: of promises made together, those that nobody awaits yet would end the test unhandled.
  for (const look of [findStack, downStack, (env: NodeJS.ProcessEnv) => upStack({ env })])
    await assert.rejects(
      look(theirs),
      /theirs may not be looked at \(.*\): be the user who started it, or set JR_HOME/,
    );
  await assert.rejects(
    upStack({ env: { ...env, DATABASE_URL: 'postgres://127.0.0.1:1/nowhere' } }),
    /ledger of DATABASE_URL cannot be used/,
  );
});
