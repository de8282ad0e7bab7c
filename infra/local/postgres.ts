import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { StackError } from './errors.ts';
import { freePort, isPortFree, LOOPBACK } from './ports.ts';
import { type Account, serverAccount } from './postgres/account.ts';
import { type Binaries, findBinaries } from './postgres/binaries.ts';
import { ensureCluster, pgCtlStart, pgCtlStop } from './postgres/cluster.ts';
import { hasCluster, possibleDataDirs, type ServerHome, serverHome } from './postgres/home.ts';
import { disarmPidFile, isServerOf, readPidFile } from './postgres/pid-file.ts';

export interface PostgresOptions {
  /** Folder of the stack's state; the server's own folder lies in it wherever PostgreSQL's user can reach that. */
  readonly stateDir: string;
  /** Default: a free one. A server that is adopted keeps the port it has. */
  readonly port?: number;
  /** false: no fsync. For tests only: a crash of the machine loses the database. */
  readonly durable: boolean;
  /** `native` folder of the platform package; the installed one unless a test says otherwise. */
  readonly native?: string;
  /** Where root puts what PostgreSQL's user could not reach otherwise. */
  readonly places?: { readonly cacheDir: string; readonly sharedDir: string };
}

export interface PostgresServer {
  readonly port: number;
  /** True when the server of an earlier process was still running and was taken over. */
  readonly adopted: boolean;
  /** Connection string; without a name that of the maintenance database `postgres`. */
  url(database?: string): string;
  /** Creates the database unless it exists. */
  ensureDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Takes over the running server of this data folder; null when none runs. Waits while one starts or stops. */
async function adopt(home: ServerHome, urlOf: (port: number) => string): Promise<number | null> {
  for (let tries = 0; tries < 600; tries += 1) {
    const file = await readPidFile(home.dataDir);
    if (file === null) return null;
    if (!(await isServerOf(home.dataDir, file.pid))) {
      await disarmPidFile(home.dataDir);
      return null;
    }
    if (file.status === 'ready' && (await answers(urlOf(file.port)))) return file.port;
    await sleep(50);
  }
  throw new StackError(
    `A PostgreSQL server runs in ${home.dataDir} but does not answer: see ${home.logFile}, stop it, and try again.`,
  );
}

/** Whether a PostgreSQL answers there within two seconds. */
export async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a server that stops meanwhile is an answer too: no
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function start(
  home: ServerHome,
  binaries: Binaries,
  account: Account | null,
  options: PostgresOptions,
): Promise<number> {
  if (options.port !== undefined && !(await isPortFree(options.port))) {
    throw new StackError(
      `Port ${options.port} for PostgreSQL is taken: stop what listens there, or set JR_POSTGRES_PORT to another.`,
    );
  }
  let reason = '';
  for (let tries = 0; tries < 5; tries += 1) {
    const port = options.port ?? (await freePort());
    const failed = await pgCtlStart(home, binaries, account, port, options.durable);
    if (failed === null) return port;
    reason = failed;
    // Two causes pass by themselves: a lost race for the port, and backends that outlive a killed postmaster.
    if (!/could not bind|shared memory block/.test(reason)) break;
    await sleep(200);
  }
  throw new StackError(`PostgreSQL did not start in ${home.dataDir}: ${reason}`);
}

/**
 * Starts a real PostgreSQL, or takes over the one that an earlier, killed process of this state folder left
 * running. It listens on loopback only.
 * @throws {StackError} when the binaries are absent or do not run, or the server does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const account = serverAccount();
  if (account === null && process.getuid?.() === 0) {
    throw new StackError(
      'PostgreSQL refuses to run as root and this machine has neither a user postgres nor nobody: run as an ' +
        'ordinary user, or set DATABASE_URL to a PostgreSQL server of your own.',
    );
  }
  const [binaries, home] = await Promise.all([
    findBinaries(account, {
      ...(options.native === undefined ? {} : { native: options.native }),
      ...(options.places === undefined ? {} : { cacheDir: options.places.cacheDir }),
    }),
    serverHome(account, resolve(options.stateDir), options.places?.sharedDir),
  ]);
  const urlOf = (port: number, database = 'postgres') =>
    `postgres://postgres:${home.password}@${LOOPBACK}:${port}/${database}`;

  const running = (await hasCluster(home.folder)) ? await adopt(home, urlOf) : null;
  if (running === null) await ensureCluster(home, binaries, account, options.durable);
  const port = running ?? (await start(home, binaries, account, options));
  return {
    port,
    adopted: running !== null,
    url: database => urlOf(port, database),
    ensureDatabase: name => ensureDatabase(urlOf(port), name),
    stop: () => pgCtlStop(home.dataDir, binaries, account),
  };
}

/**
 * Stops the server of this state folder if a killed process left it running.
 * @returns false when none ran
 */
export async function stopLeftover(stateDir: string): Promise<boolean> {
  const account = serverAccount();
  for (const dataDir of possibleDataDirs(resolve(stateDir))) {
    const file = await readPidFile(dataDir);
    if (file === null || !(await isServerOf(dataDir, file.pid))) continue;
    await pgCtlStop(dataDir, await findBinaries(account), account);
    return true;
  }
  return false;
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    if (rowCount === 0) await client.query(`create database ${client.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
