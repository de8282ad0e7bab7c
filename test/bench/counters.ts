import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type pg from 'pg';

/** Statements and transactions that this process has sent, counted where they leave: in the PostgreSQL client. */
export interface Sent {
  readonly statements: number;
  readonly transactions: number;
}

/** Each install may hold a PostgreSQL client of its own; all of them are counted. */
const packages = [new URL('../../package.json', import.meta.url), new URL('package.json', import.meta.url)];

/** Counts from now on. What a statement counts as a round trip; one outside begin and commit is a transaction itself. */
export function countStatements(): () => Sent {
  let statements = 0;
  let transactions = 0;
  const open = new WeakSet<object>();
  // A text is looked at once: looking at long statements each time would cost those who send them.
  const kinds = new Map<string, 'opens' | 'closes' | 'neither'>();
  const kindOf = (text: string) => {
    const known = kinds.get(text);
    if (known !== undefined) return known;
    const closes = /(^|;)\s*(commit|rollback|end)\s*;?\s*$/i.test(text);
    const opens = !closes && /^\s*(begin|start\s+transaction)\b/i.test(text);
    const kind = closes ? 'closes' : opens ? 'opens' : 'neither';
    kinds.set(text, kind);
    return kind;
  };
  const note = (client: object, text: string) => {
    statements += 1;
    const kind = kindOf(text);
    if (kind === 'opens') open.add(client);
    if (kind === 'closes') open.delete(client);
    if (!open.has(client)) transactions += 1;
  };
  // require answers any; what these packages export as pg is pg.
  const clients = new Set(packages.map(file => (createRequire(file)('pg') as typeof pg).Client));
  for (const client of clients) {
    const original = client.prototype.query;
    client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
      const [first] = args;
      note(this, typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text));
      // The overloads of query cannot be named one by one: the arguments are passed on as they came.
      return Reflect.apply(original, this, args);
    } as typeof original;
  }
  return () => ({ statements, transactions });
}

/**
 * CPU time of a PostgreSQL server in seconds, all its processes, ended ones included. Linux only: null elsewhere.
 *
 * @param backendPid process id of any of its connections
 */
export function serverCpu(backendPid: number): number | null {
  try {
    const { parent } = stat(backendPid);
    const own = stat(parent);
    let ticks = own.ticks + own.endedChildren;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const process = statOrNull(Number(name));
      if (process?.parent === parent) ticks += process.ticks;
    }
    return ticks / ticksPerSecond;
  } catch {
    return null;
  }
}

/** USER_HZ, which Linux fixes for what it tells programs. */
const ticksPerSecond = 100;

function stat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name before the last bracket may hold anything; fields 4 and 14 to 17 of proc(5) come after it.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const at = (field: number) => fields[field - 3] ?? 0;
  return { parent: at(4), ticks: at(14) + at(15), endedChildren: at(16) + at(17) };
}

function statOrNull(pid: number) {
  try {
    return stat(pid);
  } catch {
    return null; // it ended meanwhile
  }
}
