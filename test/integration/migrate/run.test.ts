import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { run } from '../../../functions/migrate/run.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import type { Logins } from '../../../shared/adapters/postgres/login.ts';
import { postgresMigrator } from '../../../shared/adapters/postgres/migrate.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import type { Migrator } from '../../../shared/ports/migrator.ts';
import { createDatabase, migrationsFolder } from '../../support/database.ts';

const log = { info: () => {}, warn: () => {}, error: () => {} };

async function setUp(t: TestContext) {
  const database = await createDatabase({ migrated: false });
  t.after(() => database.drop());
  const pauses: number[] = [];
  const invoke = (migrator: Migrator, remainingMs = () => 300_000) =>
    run(remainingMs, { migrator, log, pause: async ms => void pauses.push(ms) });
  return { database, pauses, invoke };
}

test('an empty ledger is brought up to date once, and the next run finds nothing to do', async t => {
  const { database, invoke } = await setUp(t);
  const migrator = postgresMigrator({ databaseUrl: database.url }, migrationsFolder, null);
  const [first, at] = await Promise.all([invoke(migrator), invoke(migrator)]);
  const all = Math.max(first.applied.length, at.applied.length);
  assert.ok(all > 5);
  assert.equal(first.applied.length + at.applied.length, all, 'of two at once one waits and finds it done');
  assert.deepEqual(await invoke(migrator), { applied: [], present: all });
});

test('functions that find the ledger without tables say what is missing, as a failure that passes', async t => {
  const { database } = await setUp(t);
  const now = new Date();
  const claim = postgresLedger(database.pool).claimTasks({
    taskIds: [1],
    now,
    leaseUntil: now,
    functionRequestId: 't',
    oldestEntry: now,
    maxCrashes: 3,
  });
  await assert.rejects(claim, error => {
    assert.ok(error instanceof JrError);
    assert.equal(error.code, 'LEDGER_UNAVAILABLE');
    assert.match(error.message, /older than this code: invoke the function migrate/);
    return true;
  });
});

test('a ledger that wakes up is waited for, and one that stays away is not waited for beyond the deadline', async t => {
  const { pauses, invoke } = await setUp(t);
  const away = new JrError('LEDGER_UNAVAILABLE', 'It sleeps.');
  let tries = 0;
  const waking: Migrator = {
    migrate: async () => {
      tries += 1;
      if (tries < 3) throw away;
      return { applied: ['0001_workers.sql'], present: [] };
    },
  };
  assert.deepEqual(await invoke(waking), { applied: ['0001_workers.sql'], present: 0 });
  assert.equal(pauses.length, 2);
  const gone: Migrator = { migrate: async () => Promise.reject(away) };
  await assert.rejects(
    invoke(gone, () => 30_000),
    away,
  );
  const wrong: Migrator = { migrate: async () => Promise.reject(new Error('0003 was changed')) };
  await assert.rejects(invoke(wrong), /0003 was changed/);
  assert.equal(pauses.length, 2);
});

test('behind a proxy the role gets the time limits that no session may ask for', async t => {
  const { database, invoke } = await setUp(t);
  const { hostname, port, pathname, username, password } = new URL(database.url);
  const login = { host: hostname, port: Number(port), database: pathname.slice(1), user: username, password };
  const logins: Logins = { current: async () => login, renew: async () => null };
  const server = { logins, tls: false, proxied: true };
  const limit = async () => {
    const pool = createPool({ ...server, max: 1, onIdleError: () => {} });
    const { rows } = await pool.query(`select current_setting('idle_in_transaction_session_timeout') as it`);
    await pool.end();
    return rows[0].it;
  };
  assert.equal(await limit(), '0');
  await invoke(postgresMigrator(server, migrationsFolder, null));
  assert.equal(await limit(), '30s');
});
