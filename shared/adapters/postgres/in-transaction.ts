import pg from 'pg';

/** SQLSTATE: a server that was the one that writes before a failover, or a copy. Who asks again has to find the other. */
const readOnly = '25006';

/** Runs `work` in a transaction: committed when it returns, rolled back when it throws. */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is lost between two statements would end the process without a listener. The next statement
  // fails on it; until then there is nothing to do.
  const noteLoss = (error: Error) => {
    broken = error;
  };
  client.on('error', noteLoss);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    broken = (await rollBack(client)) ?? broken ?? (onlyReads(error) ? error : undefined);
    throw error;
  } finally {
    client.off('error', noteLoss);
    client.release(broken);
  }
}

function onlyReads(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && error.code === readOnly;
}

/** Answers the error that makes the connection unusable, if there is one; the server rolls back on its own then. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
