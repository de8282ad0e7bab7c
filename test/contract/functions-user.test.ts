// The other tests work as such a user wherever createDatabase migrated for them: what the functions do is allowed to it.
// Here is what is not.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import pg from 'pg';
import type { Logins } from '../../shared/adapters/postgres/login.ts';
import { postgresMigrator } from '../../shared/adapters/postgres/migrate.ts';
import { createDatabase, migrationsFolder } from '../support/database.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** A database that was migrated for a user of its functions, and that user. */
async function setUp(t: TestContext, { proxied = false } = {}) {
  const database = await createDatabase({ migrated: false });
  const { owner } = database;
  const user = `jr "functions" ${randomBytes(4).toString('hex')}`;
  const { hostname, port, pathname, username, password } = new URL(database.url);
  const login = { host: hostname, port: Number(port), database: pathname.slice(1), user: username, password };
  const logins: Logins = { current: async () => login, renew: async () => null };
  const migrate = (folder = migrationsFolder) =>
    postgresMigrator({ logins, tls: false, proxied }, folder, user).migrate();
  t.after(async () => {
    await owner.query(`drop owned by ${pg.escapeIdentifier(user)}; drop role ${pg.escapeIdentifier(user)}`);
    await database.drop();
  });
  await migrate();
  await owner.query(`alter role ${pg.escapeIdentifier(user)} password ${pg.escapeLiteral(password)}`);
  const asUser = async (sql: string) => {
    const client = new pg.Client({ ...login, user });
    await client.connect();
    return client.query(sql).finally(() => client.end());
  };
  return { owner, user, migrate, asUser };
}

test('the functions may read and write rows, and change no table and no record of migrations', async t => {
  const { asUser } = await setUp(t);
  await asUser(`insert into jr_work_queue (title, instruction_content) values ('a task', 'x')`);
  assert.equal((await asUser('select name from jr_schema_migrations')).rows.length > 5, true);
  for (const forbidden of [
    'truncate jr_work_queue cascade',
    'alter table jr_work_queue add column more text',
    'alter table jr_work_queue disable trigger jr_work_queue_epoch_only_grows',
    'drop table jr_alerts',
    'create table mine ()',
    'delete from jr_schema_migrations',
    `insert into jr_schema_migrations (name, checksum) values ('9999_x.sql', 'x')`,
    'create role another',
  ])
    await assert.rejects(asUser(forbidden), { code: '42501' }, forbidden);
});

test('a table that a later migration makes is theirs to write as well, and what others put there is not', async t => {
  const { owner, migrate, asUser } = await setUp(t);
  const folder = await tempFolder(t);
  await cp(migrationsFolder, folder, { recursive: true });
  await writeFile(
    join(folder, '9000_more.sql'),
    'create table jr_more (id int); create table somebodys_own (id int);',
  );
  await migrate(folder);
  await asUser('insert into jr_more values (1)');
  await assert.rejects(asUser('select * from somebodys_own'), { code: '42501' });
  assert.equal((await owner.query('select * from jr_more')).rows.length, 1);
});

test('on RDS the user logs in by IAM, and being made twice changes nothing', async t => {
  const { owner, user, migrate } = await setUp(t);
  const members = async () =>
    (
      await owner.query(
        `select u.rolname from pg_auth_members m join pg_roles i on i.oid = m.roleid join pg_roles u on u.oid = m.member
         where i.rolname = 'rds_iam'`,
      )
    ).rows;
  await owner.query('create role rds_iam');
  try {
    for (const _ of ['once', 'again']) {
      await migrate();
      assert.deepEqual(await members(), [{ rolname: user }]);
    }
  } finally {
    await owner.query('drop role rds_iam');
  }
});

test('behind a proxy the user gets the time limits that no session may ask for', async t => {
  const { asUser } = await setUp(t, { proxied: true });
  const { rows } = await asUser(`select current_setting('idle_in_transaction_session_timeout') as it`);
  assert.deepEqual(rows, [{ it: '30s' }]);
});
