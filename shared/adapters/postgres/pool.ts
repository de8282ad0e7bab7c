import pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import { LedgerPool } from './ledger-pool.ts';
import type { Logins } from './login.ts';
import { ProxiedClient } from './often-sent.ts';

/** Where the ledger is: at an address, or wherever the present login says. */
export type Server =
  | { readonly databaseUrl: string }
  | {
      readonly logins: Logins;
      /** Default true: the server's certificate is verified. */
      readonly tls?: boolean;
      /** Whether it is an RDS Proxy, which takes no settings for a session; `migrate` makes up for it. */
      readonly proxied: boolean;
    };

export type PoolOptions = Server & {
  /** Connections of one process. */
  readonly max: number;
  /** Called for errors of idle connections: the server went away, the next query gets a new connection. */
  readonly onIdleError: (error: Error) => void;
  /**
   * Plans are made for all values of the parameters, and so once for each statement with a name. Left to itself the
   * server plans the long statements of small batches anew each time: five times the work of doing what they say. For who
   * sends little else; a LIMIT that is a parameter is planned badly so. None of the plans reads a table from end to end
   * where an index serves: one that was made while the ledger was small outlives that. None uses a bitmap: only a plain
   * walk along an index marks the entries of what has ended, so that the next one passes them by. None is compiled:
   * before PostgreSQL 18 one that has to read a table all the same is taken for so dear that it would be, every time. Not
   * over a proxy.
   * Default false.
   */
  readonly plansOnce?: boolean;
  /** For statements that take as long as they take, as those of a migration do: each is waited for. Default false. */
  readonly unhurried?: boolean;
  /** The time of day in milliseconds. Default: the clock of the machine. */
  readonly wallClock?: () => number;
};

/** Of one function instance: one writes while the other settles. */
export const connectionsPerInstance = 2;

/** What somebody set to `infinity` by SQL is a time like others: the last or first that both sides write with four digits. */
const endsOfTime = new Map([
  ['infinity', new Date('9999-12-31T23:59:59Z')],
  ['-infinity', new Date('0001-01-01T00:00:00Z')],
]);
const { INT8, TIMESTAMPTZ } = pg.types.builtins;
const parseFinite = pg.types.getTypeParser(TIMESTAMPTZ);
const parseTime = (text: string) => endsOfTime.get(text) ?? parseFinite(text);

/** Ids are far below 2^53, so bigint columns come as numbers; everything else as pg does it. */
const types: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === INT8) return Number;
    return oid === TIMESTAMPTZ ? parseTime : pg.types.getTypeParser(oid, format);
  },
};

/** What the server does by itself when this side hangs or is gone; in milliseconds. */
export const sessionLimits = {
  statement_timeout: 20_000,
  lock_timeout: 10_000,
  // Shorter than any lease: a frozen process loses its locks before it loses its lease (invariant 3).
  idle_in_transaction_session_timeout: 30_000,
} as const;

/** What {@link PoolOptions.plansOnce} stands for. */
const plannedOnce = [
  'plan_cache_mode=force_generic_plan',
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'jit=off',
]
  .map(setting => `-c ${setting}`)
  .join(' ');

/** A pool whose statements cannot hang: a lost peer, a lock or a forgotten transaction ends in an error. */
export function createPool(options: PoolOptions): pg.Pool {
  const { max, onIdleError, wallClock, plansOnce = false, unhurried = false } = options;
  const proxied = 'proxied' in options && options.proxied;
  const pool = new LedgerPool(
    {
      ...connection(options),
      ...(proxied ? { Client: ProxiedClient } : {}),
      ...(plansOnce && !proxied ? { options: plannedOnce } : {}),
      max,
      types,
      connectionTimeoutMillis: 5_000,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      // Of this side, for a server that is gone without a word: later than the server's own.
      ...(unhurried ? {} : { query_timeout: sessionLimits.statement_timeout + 5_000 }),
      allowExitOnIdle: true,
    },
    'logins' in options ? options.logins : null,
    wallClock,
  );
  // Without a listener an idle connection's end would end the process (57P01 on a server's stop).
  pool.on('error', onIdleError);
  return pool;
}

function connection(server: Server): pg.PoolConfig {
  if ('databaseUrl' in server) return { connectionString: server.databaseUrl, ...sessionLimits };
  return {
    ...((server.tls ?? true) ? { ssl: { rejectUnauthorized: true } } : {}),
    ...(server.proxied ? {} : sessionLimits),
  };
}

/**
 * SQLSTATE classes and codes after which the same statement may well succeed: connection, resources, operator
 * intervention, serialization, deadlock, lock timeout, a refused login, as in the middle of a rotation, and a server that
 * only reads, as in the middle of a failover. Source: PostgreSQL documentation, appendix A.
 */
const transientState = /^(08|53|57|40|28)|^55P03$|^25P03$|^25006$/;

/** A table, a column or a function is not there: the code is newer than the ledger. */
const notMigrated = /^(42P01|42703|42883)$/;

/**
 * Runs a piece of ledger work and turns a server that is away, or that has not been migrated yet, into
 * LEDGER_UNAVAILABLE; other errors pass.
 */
export async function ledgerCall<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JrError || !(error instanceof Error)) throw error;
    const because = whyUnavailable(error);
    if (because === null) throw error;
    throw new JrError('LEDGER_UNAVAILABLE', `The ledger could not ${what}: ${because} It is tried again.`, {
      cause: error,
    });
  }
}

function whyUnavailable(error: Error): string | null {
  if (error instanceof pg.DatabaseError && notMigrated.test(error.code ?? '')) {
    return `${error.message}. Its tables are older than this code: invoke the function migrate, as npm run deploy does.`;
  }
  if (untrusted.test(codeOf(error))) {
    return `${error.message}. Its certificate is not trusted here: set NODE_EXTRA_CA_CERTS to a file with the authorities (of RDS: global-bundle.pem), and call it by the host that the certificate names.`;
  }
  return isTransient(error) ? `${error.message}.` : null;
}

/** What Node says of a certificate that it does not believe. */
const untrusted = /CERT_|_CERT\b|^UNABLE_TO_/;

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function isTransient(error: Error): boolean {
  const code = codeOf(error);
  if (error instanceof pg.DatabaseError) return transientState.test(code);
  // pg reports a lost or refused connection as a plain Error, by system code or by these words.
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    /connection terminated|read timeout|timeout exceeded|timeout expired|client has encountered a connection error/i.test(
      error.message,
    )
  );
}
