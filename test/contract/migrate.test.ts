import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { MigrationError, migrate } from '../../shared/adapters/postgres/migrate.ts';
import { createDatabase, migrationsFolder, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-migrations-'));
});
after(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  database = await createDatabase({ migrated: false });
  await rm(folder, { recursive: true });
  await cp(migrationsFolder, folder, { recursive: true });
});
afterEach(() => database.drop());

const says = (words: RegExp) => (error: unknown) =>
  error instanceof MigrationError && words.test(error.message);

test('an empty database gets everything, in order; a second run does nothing', async () => {
  const names = (await readdir(migrationsFolder)).sort();
  assert.deepEqual(await migrate(database.url, folder), { applied: names, present: [] });
  assert.deepEqual(await migrate(database.url, folder), { applied: [], present: names });
});

test('two runs at once apply each migration once', async () => {
  const reports = await Promise.all([migrate(database.url, folder), migrate(database.url, folder)]);
  const names = (await readdir(migrationsFolder)).sort();
  assert.deepEqual(reports.flatMap(({ applied }) => applied).sort(), names);
});

test('a migration that was changed after it had been applied is refused by name', async () => {
  await migrate(database.url, folder);
  await writeFile(join(folder, '0002_work_queue.sql'), 'select 1;');
  await assert.rejects(migrate(database.url, folder), says(/^0002_work_queue\.sql was changed after/));
});

test('a migration that disappeared is refused by name', async () => {
  await migrate(database.url, folder);
  await rm(join(folder, '0003_attempts_and_steps.sql'));
  await assert.rejects(migrate(database.url, folder), says(/^0003_attempts_and_steps\.sql was applied/));
});

test('a new migration numbered before applied ones, and a file with another name, are refused', async () => {
  await migrate(database.url, folder);
  await writeFile(join(folder, '0001_aardvark.sql'), 'select 1;');
  await assert.rejects(migrate(database.url, folder), says(/^0001_aardvark\.sql would run after/));
  await rm(join(folder, '0001_aardvark.sql'));
  await writeFile(join(folder, 'quick-fix.sql'), 'select 1;');
  await assert.rejects(migrate(database.url, folder), says(/^quick-fix\.sql is no name/));
});

test('one that fails is rolled back whole, those before it stay, and it can be mended', async () => {
  await writeFile(
    join(folder, '9000_broken.sql'),
    'create table half (id int); select * from no_such_table;',
  );
  await assert.rejects(
    migrate(database.url, folder),
    says(/^9000_broken\.sql could not be applied: .*no_such_table/),
  );
  const { rows } = await database.pool.query(
    `select to_regclass('half') as half, to_regclass('jr_work_queue') as queue`,
  );
  assert.deepEqual(rows, [{ half: null, queue: 'jr_work_queue' }]);
  await writeFile(join(folder, '9000_broken.sql'), 'create table half (id int);');
  assert.deepEqual((await migrate(database.url, folder)).applied, ['9000_broken.sql']);
});

test('a migration takes as long as it takes, and so does another run that waits for it', async t => {
  await writeFile(join(folder, '9000_waits.sql'), 'select pg_advisory_xact_lock(42);');
  await database.owner.query('select pg_advisory_lock(42)');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const runs = [migrate(database.url, folder), migrate(database.url, folder)];
  for (let waiting = 0; waiting < 2; ) {
    const { rows } = await database.owner.query<{ n: number }>(
      `select count(*) as n from pg_locks where locktype = 'advisory' and not granted
        and database = (select oid from pg_database where datname = current_database())`,
    );
    waiting = rows[0]?.n ?? 0;
  }
  t.mock.timers.tick(3_600_000);
  await database.owner.query('select pg_advisory_unlock(42)');
  const reports = await Promise.all(runs);
  assert.equal(reports.flatMap(({ applied }) => applied).filter(name => name === '9000_waits.sql').length, 1);
});
