import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { TestDatabase } from '../database.ts';

/**
 * What one simulated process has on the server, known by a name that its connections carry: by their numbers alone a
 * long run would some day end a stranger, for the system uses numbers again.
 */
export class Backends {
  /** For the connections of that process. */
  readonly databaseUrl: string;
  readonly #name = `process ${randomUUID()}`;
  readonly #pool: pg.Pool;

  constructor({ url, pool }: TestDatabase) {
    const named = new URL(url);
    named.searchParams.set('application_name', this.#name);
    this.databaseUrl = named.href;
    this.#pool = pool;
  }

  /**
   * Ends all of them or that of one connection, and waits until they are gone: their transactions are rolled back and
   * their locks free. Asks itself, because pg_terminate_backend looks only every tenth of a second when it is to wait.
   */
  async end(client?: pg.Client): Promise<void> {
    const text = `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = $1 and ($2::int is null or pid = $2)`;
    const values = [this.#name, client === undefined ? null : numberOf(client)];
    const left = async () => (await this.#pool.query({ name: 'end', text, values })).rowCount;
    while ((await left()) !== 0) await sleep(1);
  }

  /** As the server does to those that are silent within a transaction: before their leases end, their locks go. */
  async loseTransactions(): Promise<void> {
    await this.#pool.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity
       where application_name = $1 and state = 'idle in transaction'`,
      [this.#name],
    );
  }
}

/** The number of the server process behind a connection. */
function numberOf(client: pg.Client): number {
  // pg keeps it on the client without saying so in its types.
  return Number(Reflect.get(client, 'processID'));
}
