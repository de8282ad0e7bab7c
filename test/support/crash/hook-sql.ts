import { createHash } from 'node:crypto';
import pg from 'pg';
import type { Victim } from './points.ts';

/** Connections of processes that can die; those of the test itself are not among them. */
const owners = new WeakMap<pg.Client, { victim: Victim; end: (client: pg.Client) => Promise<void> }>();

/**
 * Makes every statement over the connections of a pool a crash point. Also `begin`, `commit` and `rollback`.
 *
 * @param end ends a connection on the server, as a lost one ends: its transaction is rolled back
 */
export function ownConnections(
  pool: pg.Pool,
  victim: Victim,
  end: (client: pg.Client) => Promise<void>,
): void {
  pool.on('connect', client => {
    owners.set(client, { victim, end });
  });
}

const original = pg.Client.prototype.query;

/** From here on the statements of owned connections are crash points, in this whole process. */
export function hookSql(): void {
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const owner = owners.get(this);
    if (owner === undefined) return Reflect.apply(original, this, args);
    const { victim, end } = owner;
    const callback = typeof args.at(-1) === 'function' ? args.pop() : undefined;
    const answer: Promise<unknown> = victim.points.pass(victim, {
      name: `sql ${nameOf(args[0])}`,
      // The overloads of query cannot be named one by one: the arguments are passed on as they came.
      work: () => Reflect.apply(original, this, prepared(args)) as Promise<unknown>,
      failure: async () => {
        await end(this);
        return new Error('Connection terminated unexpectedly');
      },
    });
    if (typeof callback !== 'function') return answer;
    answer.then(
      result => callback(null, result),
      error => callback(error),
    );
    return undefined;
  } as typeof original;
}

/**
 * The arguments of a query with a name for the statement, so that the server plans it once for a connection: sweeps that
 * come every minute of a week would spend most of their time on being planned.
 */
function prepared([first, values]: readonly unknown[]): unknown[] {
  const config: object = typeof first === 'string' ? { text: first, values } : Object(first);
  const text = textOf(first);
  if ('name' in config || !/^\s*(select|with|insert|update|delete)\b/.test(text)) return [first, values];
  return [{ ...config, name: createHash('sha1').update(text).digest('hex') }];
}

function textOf(statement: unknown): string {
  return String(typeof statement === 'string' ? statement : Reflect.get(Object(statement), 'text'));
}

/** The first words that tell statements apart. */
function nameOf(statement: unknown): string {
  const text = textOf(statement);
  const named = /\b(update|insert into|delete from) (jr_\w+)/.exec(text);
  const first = text.trim().split('\n', 1)[0]?.slice(0, 40) ?? '';
  return named === null || /^(update|insert|delete)/.test(first) ? first : `${first} ... ${named[0]}`;
}
