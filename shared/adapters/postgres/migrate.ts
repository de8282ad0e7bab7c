import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import type { Migrator } from '../../ports/migrator.ts';
import { limitSessions, makeFunctionsUser } from './functions-user.ts';
import { createPool, ledgerCall, type Server } from './pool.ts';

/** One file of `migrations/`. */
interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

/** What a run did: the names applied now and those that were there before, both in order. */
export interface MigrationReport {
  readonly applied: string[];
  readonly present: string[];
}

/** A migration that was changed, renamed or removed after it had been applied, or that does not apply. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** The database was made by other migrations than these, as by another version. */
export class OtherMigrationsError extends MigrationError {}

const fileName = /^\d{4}_[a-z0-9_]+\.sql$/;

/** Any number will do as long as nothing else in the database uses it: 'jr' and 'mig' on a telephone's keys. */
const lockKey = 57_644;

/**
 * Applies the plain SQL files of `folder` in order, each in its own transaction, under an advisory lock, and
 * records each with its SHA-256 in `jr_schema_migrations`. Refuses, by name, a file that was changed after it had
 * been applied, one that is missing, and one that would have to run before another that has been.
 *
 * Written here because no library does the whole: postgrator has no lock, node-pg-migrate no checksum,
 * postgres-migrations neither our table nor our names.
 *
 * @throws {MigrationError} naming the file
 */
export async function migrate(databaseUrl: string, folder: string): Promise<MigrationReport> {
  return migrateServer({ databaseUrl }, folder, null);
}

/**
 * {@link migrate} for a server that the functions reach by their settings.
 * @param functionsUser whom all functions but migrate log in as; null: as migrate does
 */
export function postgresMigrator(server: Server, folder: string, functionsUser: string | null): Migrator {
  return { migrate: () => ledgerCall('be migrated', () => migrateServer(server, folder, functionsUser)) };
}

async function migrateServer(
  server: Server,
  folder: string,
  functionsUser: string | null,
): Promise<MigrationReport> {
  const migrations = await readMigrations(folder);
  // A pool of one, for its way of logging in; the lock is its connection's.
  const pool = createPool({ ...server, max: 1, unhurried: true, onIdleError: () => undefined });
  try {
    return await migrateOver(pool, migrations, functionsUser, 'proxied' in server && server.proxied);
  } finally {
    await pool.end();
  }
}

async function migrateOver(
  pool: pg.Pool,
  migrations: readonly Migration[],
  functionsUser: string | null,
  proxied: boolean,
): Promise<MigrationReport> {
  const client = await pool.connect();
  try {
    // Nor does the server hurry it.
    await client.query('set statement_timeout = 0; set lock_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [lockKey]);
    // Only where it is absent: who finds everything applied needs no right to make tables.
    const { rows: found } = await client.query<{ absent: boolean }>(
      `select to_regclass('jr_schema_migrations') is null as absent`,
    );
    if (found[0]?.absent !== false)
      await client.query(`create table jr_schema_migrations (
        name text primary key, checksum text not null, applied_at timestamptz not null default now())`);
    const rows = await recordedMigrations(client);
    const pending = pendingMigrations(migrations, rows);
    for (const migration of pending) await apply(client, migration);
    if (functionsUser !== null) await makeFunctionsUser(client, functionsUser);
    if (proxied) await limitSessions(client, functionsUser);
    return { applied: pending.map(({ name }) => name), present: rows.map(({ name }) => name) };
  } finally {
    // Ends the session and with it the lock.
    client.release(true);
  }
}

/** What is recorded as applied, in order. */
export async function recordedMigrations(
  client: pg.Client | pg.Pool,
): Promise<readonly { readonly name: string; readonly checksum: string }[]> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from jr_schema_migrations order by name',
  );
  return rows;
}

/** The migrations of a folder, in order. @throws {MigrationError} naming a file that is called otherwise */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter(name => name.endsWith('.sql')).sort();
  const bad = names.find(name => !fileName.test(name));
  if (bad !== undefined) {
    throw new MigrationError(
      `${bad} is no name for a migration: call it NNNN_name.sql, e.g. 0005_votes.sql.`,
    );
  }
  return Promise.all(
    names.map(async name => {
      const sql = await readFile(join(folder, name), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/** Pure: what is still to be applied, given what is recorded. */
export function pendingMigrations<M extends { name: string; checksum: string }>(
  files: readonly M[],
  recorded: readonly { name: string; checksum: string }[],
): M[] {
  const byName = new Map(files.map(file => [file.name, file]));
  for (const { name, checksum } of recorded) {
    const file = byName.get(name);
    if (file === undefined) {
      throw new OtherMigrationsError(
        `${name} was applied to this database but is not among the files: bring it back.`,
      );
    }
    if (file.checksum !== checksum) {
      throw new OtherMigrationsError(
        `${name} was changed after it had been applied to this database: put its text back and make the change in a new migration.`,
      );
    }
  }
  const done = new Set(recorded.map(({ name }) => name));
  const last =
    recorded
      .map(({ name }) => name)
      .sort()
      .at(-1) ?? '';
  const pending = files.filter(({ name }) => !done.has(name));
  const late = pending.find(({ name }) => name < last);
  if (late !== undefined) {
    throw new OtherMigrationsError(
      `${late.name} would run after ${last}, which has been applied: give it a higher number.`,
    );
  }
  return pending;
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query('begin');
    await client.query(sql);
    await client.query('insert into jr_schema_migrations (name, checksum) values ($1, $2)', [name, checksum]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw new MigrationError(
      `${name} could not be applied: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}
