import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { makeFunctionsUser } from '../../shared/adapters/postgres/functions-user.ts';
import { migrate } from '../../shared/adapters/postgres/migrate.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';

/** The variable by which `npm test` tells its test files where the server is. */
export const postgresVariable = 'JR_TEST_POSTGRES_URL';

export const migrationsFolder = fileURLToPath(new URL('../../migrations', import.meta.url));

const template = 'jr_template';
/** Whom the functions log in as. */
const functionsUser = 'jr_functions';

/** Makes the migrated database that {@link createDatabase} clones. */
export async function createTemplate(serverUrl: string): Promise<void> {
  await onServer(serverUrl, client => client.query(`create database ${template}`));
  const url = databaseUrl(serverUrl, template);
  await migrate(url, migrationsFolder);
  await onServer(url, async client => {
    await makeFunctionsUser(client, functionsUser);
    const password = pg.escapeLiteral(new URL(serverUrl).password);
    await client.query(`alter role ${functionsUser} password ${password}`);
  });
}

export interface TestDatabase {
  /** As whom a function logs in, with no more rights than on a stage; as the owner where it is not migrated. */
  readonly url: string;
  readonly pool: pg.Pool;
  /** As who made the tables and may do anything. */
  readonly owner: pg.Pool;
  /** Ends the pools and drops the database. */
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
  const ownerUrl = databaseUrl(serverUrl, name);
  const url = new URL(ownerUrl);
  if (migrated) url.username = functionsUser;
  const onIdleError = (error: Error) =>
    console.error(`an idle connection of a test was lost: ${error.message}`);
  const pool = createPool({ databaseUrl: url.href, max: 4, plansOnce, onIdleError });
  const owner = createPool({ databaseUrl: ownerUrl, max: 1, onIdleError });
  return {
    url: url.href,
    pool,
    owner,
    async drop() {
      await Promise.all([pool.end(), owner.end()]);
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
