import pg from 'pg';
import { JrError } from '../../domain/failure.ts';

export interface PoolOptions {
  readonly databaseUrl: string;
  /** Connections of one process. */
  readonly max: number;
  /** Called for errors of idle connections: the server went away, the next query gets a new connection. */
  readonly onIdleError: (error: Error) => void;
}

/** Ids are far below 2^53, so bigint columns come as numbers; everything else as pg does it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format),
};

/** A pool whose statements cannot hang: a lost peer, a lock or a forgotten transaction ends in an error. */
export function createPool({ databaseUrl, max, onIdleError }: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max,
    types,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 20_000,
    lock_timeout: 10_000,
    // Shorter than any lease: a frozen process loses its locks before it loses its lease (invariant 3).
    idle_in_transaction_session_timeout: 30_000,
    allowExitOnIdle: true,
  });
  // Without a listener an idle connection's end would end the process (57P01 on a server's stop).
  pool.on('error', onIdleError);
  return pool;
}

/**
 * SQLSTATE classes and codes after which the same statement may well succeed: connection, resources, operator
 * intervention, serialization, deadlock, lock timeout. Source: PostgreSQL documentation, appendix A.
 */
const transientState = /^(08|53|57|40)|^55P03$|^25P03$/;

/** Runs a piece of ledger work and turns a server that is away into LEDGER_UNAVAILABLE; other errors pass. */
export async function ledgerCall<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof JrError || !(error instanceof Error) || !isTransient(error)) throw error;
    throw new JrError(
      'LEDGER_UNAVAILABLE',
      `The ledger could not ${what}: ${error.message}. It is tried again.`,
      {
        cause: error,
      },
    );
  }
}

function isTransient(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) return transientState.test(code);
  // pg reports a lost or refused connection as a plain Error, by system code or by these words.
  return (
    /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/.test(code) ||
    /connection terminated|timeout exceeded|timeout expired|client has encountered a connection error/i.test(
      error.message,
    )
  );
}
