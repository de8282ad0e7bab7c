import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { migrate } from '../../shared/adapters/postgres/migrate.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';

/** The variable by which `npm test` tells its test files where the server is. */
export const postgresVariable = 'JR_TEST_POSTGRES_URL';

export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

const template = 'jr_template';

/** Makes the migrated database that {@link createDatabase} clones. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, client => client.query(`create database ${template}`));
  await migrate(databaseUrl(serverUrl, template), migrationsFolder);
}

export interface TestDatabase {
  readonly url: string;
  readonly pool: pg.Pool;
  /** Ends the pool and drops the database. */
  drop(): Promise<void>;
}

/**
 * A database of a test's own, cloned from the migrated template: tests run in parallel and leave nothing behind.
 *
 * @param plansOnce whether the test asks the same things all the time, as a function does
 */
export async function createDatabase({ migrated = true, plansOnce = false } = {}): Promise<TestDatabase> {
  const serverUrl = process.env[postgresVariable];
  if (serverUrl === undefined) throw new Error('This test needs PostgreSQL: run it by "npm test -- FILE".');
  const name = `jr_test_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, client =>
    client.query(`create database ${name}${migrated ? ` template ${template}` : ''}`),
  );
  const url = databaseUrl(serverUrl, name);
  const pool = createPool({
    databaseUrl: url,
    max: 4,
    plansOnce,
    onIdleError: error => console.error(`an idle connection of a test was lost: ${error.message}`),
  });
  return {
    url,
    pool,
    async drop() {
      await pool.end();
      await onServer(serverUrl, client => client.query(`drop database ${name} with (force)`));
    },
  };
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function onServer(serverUrl: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
