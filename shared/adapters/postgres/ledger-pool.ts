import pg from 'pg';
import type { Login, Logins } from './login.ts';

type Callback = (
  error: Error | undefined,
  client: pg.PoolClient | undefined,
  done: (release?: Error | boolean) => void,
) => void;

/**
 * A connection that was idle for longer is asked first whether it still is one: its process may have been frozen, and the
 * other side gone without a word.
 */
const trustedMs = 10_000;
/** A server that is there answers an empty question in milliseconds. */
const answerMs = 2_000;

/** SQLSTATE of a refused password, and of a refused user. */
const refused = new Set(['28P01', '28000']);

/** pg's pool with logins that may change, and connections that may have died in a freeze. */
export class LedgerPool extends pg.Pool {
  readonly #logins: Logins | null;
  readonly #now: () => number;
  readonly #lastUsed = new WeakMap<pg.PoolClient, number>();

  /** @param now the time of day in milliseconds; a frozen process' other clocks may stand still */
  constructor(options: pg.PoolConfig, logins: Logins | null, now: () => number = Date.now) {
    super(options);
    this.#logins = logins;
    this.#now = now;
    this.on('release', (_error, client) => this.#lastUsed.set(client, this.#now()));
  }

  override connect(): Promise<pg.PoolClient>;
  override connect(callback: Callback): void;
  override connect(callback?: Callback): Promise<pg.PoolClient> | undefined {
    const checkedOut = this.#checkOut();
    if (callback === undefined) return checkedOut;
    checkedOut.then(
      client => callback(undefined, client, client.release),
      error => callback(error, undefined, () => undefined),
    );
    return undefined;
  }

  async #checkOut(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await this.#open();
      // A new connection has not been used yet and is good; so this ends when the old ones are used up.
      const idleMs = this.#now() - (this.#lastUsed.get(client) ?? this.#now());
      if (idleMs <= trustedMs || (await answers(client))) return client;
    }
  }

  async #open(): Promise<pg.PoolClient> {
    if (this.#logins === null) return super.connect();
    const login = await this.#logins.current();
    try {
      return await this.#openAs(login);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !refused.has(error.code ?? '')) throw error;
      const renewed = await this.#logins.renew(login);
      if (renewed === null) throw error;
      return await this.#openAs(renewed);
    }
  }

  #openAs({ password, ...place }: Login): Promise<pg.PoolClient> {
    // pg makes each connection from these options. The password as a function stays out of what is printed of them.
    Object.assign(this.options, place, { password: () => password });
    return super.connect();
  }
}

async function answers(client: pg.PoolClient): Promise<boolean> {
  // What is lost while it is asked is said twice, and without a listener the second time would end the process.
  const noteLoss = () => undefined;
  client.on('error', noteLoss);
  try {
    // `query_timeout` works here as for the whole connection, though the types of pg do not say so.
    const question: pg.QueryConfig & { query_timeout: number } = {
      text: 'select 1',
      query_timeout: answerMs,
    };
    await client.query(question);
    client.off('error', noteLoss);
    return true;
  } catch (error) {
    client.release(error instanceof Error ? error : true);
    return false;
  }
}
