import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type pg from 'pg';
import { secretLogins } from '../../shared/adapters/postgres/login.ts';
import { createPool, ledgerCall } from '../../shared/adapters/postgres/pool.ts';
import { JrError } from '../../shared/domain/failure.ts';
import { createDatabase } from '../support/database.ts';
import { memorySecrets } from '../support/memory-secrets.ts';

/** A database with a role of its own that logs in by a password, and a secret that says which. */
async function setUp(t: { after(fn: () => Promise<void>): void }) {
  const database = await createDatabase({ migrated: false });
  const { hostname, port, pathname } = new URL(database.url);
  const role = `jr_login_${randomBytes(4).toString('hex')}`;
  const secret = { username: role, password: '' };
  const kept = memorySecrets();
  const tellSecret = (values: Partial<typeof secret>) =>
    kept.put('the-secret', JSON.stringify(Object.assign(secret, values)));
  const place = { host: hostname, port: Number(port), database: pathname.slice(1) };
  const clock = { now: Date.now() };
  /** The pool of one function instance, with a cache of the login of its own. */
  const pools: pg.Pool[] = [];
  const instance = () => {
    const pool = createPool({
      logins: secretLogins(kept.secrets, 'the-secret', place),
      tls: false,
      proxied: false,
      max: 2,
      onIdleError: () => undefined,
      wallClock: () => clock.now,
    });
    pools.push(pool);
    return pool;
  };
  const pool = instance();
  t.after(async () => {
    for (const each of pools) await each.end();
    await database.pool.query(`drop role if exists ${role}, ${role}_b`);
    await database.drop();
  });
  /** Changes the password in the database, and, unless told otherwise, in the secret. */
  const rotate = async ({ tell = true } = {}) => {
    const password = randomBytes(9).toString('hex');
    await database.pool.query(`alter role ${role} password '${password}'`);
    if (tell) await tellSecret({ password });
    return password;
  };
  await database.pool.query(`create role ${role} login`);
  await rotate();
  return { pool, instance, role, rotate, tellSecret, clock, database, reads: kept.reads };
}

const pid = 'select pg_backend_pid() as pid, current_user as name';

/** Ends the server's side of every connection of a role. */
const cut = 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1';

/** ... and waits until the pool knows. */
async function cutOff(pool: pg.Pool, admin: pg.Pool, role: string): Promise<void> {
  const gone = new Promise(resolve => pool.once('remove', resolve));
  await admin.query(cut, [role]);
  await gone;
}

test('after a password change the next connection logs in with the new one, without a restart', async t => {
  const { pool, role, rotate, database, reads } = await setUp(t);
  const first = await pool.query(pid);
  assert.equal(first.rows[0].name, role);
  assert.equal(reads(), 1);
  await rotate();
  // The open connection outlives the change; a new one is refused, and the secret is read again.
  assert.deepEqual((await pool.query(pid)).rows, first.rows);
  await cutOff(pool, database.pool, role);
  const [a, b] = await Promise.all([pool.query(pid), pool.query(pid)]);
  assert.equal(a.rows[0].name, role);
  assert.equal(b.rows[0].name, role);
  assert.equal(reads(), 2, 'two connections that are refused at once read the secret once');
});

test('while the secret still says the old password the ledger is unavailable, and is found when it says the new', async t => {
  const { pool, rotate, tellSecret } = await setUp(t);
  const password = await rotate({ tell: false });
  const call = () => ledgerCall('be asked', () => pool.query(pid));
  await assert.rejects(call(), error => error instanceof JrError && error.code === 'LEDGER_UNAVAILABLE');
  await tellSecret({ password });
  assert.equal((await call()).rowCount, 1);
});

test('a minute after a password change every function works again, whatever connections it had', async t => {
  const { instance, rotate, tellSecret, clock, database, role } = await setUp(t);
  // One works all the time, one was frozen with its connections, one has yet to be asked for the first time.
  const [busy, frozen, fresh] = [instance(), instance(), instance()];
  const sweep = (pool: pg.Pool) =>
    ledgerCall('be swept', () => Promise.all([pool.query(pid), pool.query(pid)]));
  const works = async (pool: pg.Pool) =>
    sweep(pool).then(
      answers => answers.every(({ rows }) => rows[0].name === role),
      error => !(error instanceof JrError && error.code === 'LEDGER_UNAVAILABLE') && assert.fail(error),
    );
  assert.deepEqual([await works(busy), await works(frozen)], [true, true]);

  // Second 0: the database has the new password and ends what was logged in with the old one. Nobody says so yet.
  const password = await rotate({ tell: false });
  await Promise.all([busy, frozen].map(pool => cutOff(pool, database.pool, role)));
  clock.now += 5_000;
  assert.deepEqual([await works(busy), await works(fresh)], [false, false]);
  // Second 20: the rotation writes the secret. A minute after the change the sweeps come, and are well.
  clock.now += 15_000;
  await tellSecret({ password });
  clock.now += 40_000;
  assert.deepEqual([await works(busy), await works(frozen), await works(fresh)], [true, true, true]);
});

test('a rotation that changes the user as well is followed', async t => {
  const { pool, role, tellSecret, database } = await setUp(t);
  await pool.query(pid);
  const other = `${role}_b`;
  await database.pool.query(`create role ${other} login password 'other'`);
  await tellSecret({ username: other, password: 'other' });
  await database.pool.query(`alter role ${role} password 'nobody knows'`);
  await cutOff(pool, database.pool, role);
  assert.equal((await pool.query(pid)).rows[0].name, other);
});

test('a connection that died in a freeze is replaced before it is used', async t => {
  const { pool, role, clock, database } = await setUp(t);
  const [before] = (await pool.query(pid)).rows;
  // Frozen: the server ends the connection, and this process has not been told when it is thawed.
  const client = await pool.connect();
  const stream: { pause(): void; resume(): void; write(...sent: unknown[]): boolean } = Reflect.get(
    Reflect.get(client, 'connection'),
    'stream',
  );
  client.release();
  stream.pause();
  await database.pool.query(cut, [role]);
  clock.now += 60_000;
  // Thawed once the first thing was written into it.
  const write = stream.write.bind(stream);
  stream.write = (...sent) => {
    setImmediate(() => stream.resume());
    return write(...sent);
  };
  const [after] = (await pool.query(pid)).rows;
  assert.notEqual(after.pid, before.pid);
});

test('a connection in use all the time is not asked whether it lives', async t => {
  const { pool, clock } = await setUp(t);
  await pool.query(pid);
  const client = await pool.connect();
  const asked: unknown[] = [];
  const query = client.query.bind(client);
  Object.assign(client, {
    query: (...args: Parameters<typeof query>) => {
      asked.push(args[0]);
      return query(...args);
    },
  });
  client.release();
  clock.now += 9_000;
  await pool.query(pid);
  assert.deepEqual(asked, [pid]);
  clock.now += 11_000;
  await pool.query(pid);
  assert.equal(asked.length, 3, 'after a longer rest it is asked');
});

test('what a secret lacks is named, and nothing of what it holds', async () => {
  const logins = (text: string) => secretLogins({ read: async () => text }, 'the-secret', {});
  const says = async (text: string, words: RegExp) =>
    assert.rejects(logins(text).current(), error => {
      assert.ok(error instanceof Error);
      assert.match(error.message, words);
      assert.ok(!error.message.includes('hunter2'));
      return true;
    });
  await says('hunter2', /is not JSON/);
  await says('{"password": "hunter2"}', /lacks what a login needs.*username/);
  await says('{"username": "jr", "password": "hunter2"}', /does not say the host.*DATABASE_HOST/);
});
