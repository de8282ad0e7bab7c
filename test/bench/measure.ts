// One measured run in a process of its own: `node measure.ts '{"contestant": ...}'`. The answer goes to the parent.
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import type { Measurement, Run } from './contestant.ts';
import { contestants } from './contestants/all.ts';
import { countStatements, serverCpu } from './counters.ts';

/** Its own look at the numbers before and after, sent over a connection of the contestant's process. */
const looks = 1;

async function measure(order: Run): Promise<Measurement> {
  const { databaseUrl, work, tasks } = order;
  const sent = countStatements();
  const admin = await connect(databaseUrl);
  const horizon = await connect(databaseUrl);
  const session = await contestants[order.contestant].open(order);
  // As many again before: workers live for hours, and code gets its speed with the first thousands of calls.
  const warmUp = tasks;
  const perform = async (count: number) =>
    typeof work === 'string' ? await session.drain(count, work) : await session.submit(count, work.portion);

  // After a checkpoint the WAL gets a copy of each page that is changed: here, and for most pages not in what is measured.
  await admin.query('checkpoint');
  if (typeof work === 'string') await session.seed(warmUp, work);
  await (await perform(warmUp))?.stop?.();
  if (order.finished > 0) await session.addFinished(order.finished);
  await admin.query('vacuum (analyze)');
  if (order.pinned) {
    await horizon.query('begin isolation level repeatable read');
    await horizon.query('select count(*) from pg_class');
  }
  if (typeof work === 'string') await session.seed(tasks, work);

  const look = async () => {
    const { rows } = await admin.query<{ pid: number; lsn: string }>(
      `select pg_backend_pid() as pid, pg_current_wal_insert_lsn() - '0/0' as lsn`,
    );
    const [row] = rows;
    if (row === undefined) throw new Error('PostgreSQL does not answer.');
    return { wal: Number(row.lsn), cpu: serverCpu(row.pid), sent: sent(), own: process.cpuUsage() };
  };
  const before = await look();
  const calledAt = performance.now();
  const drained = await perform(tasks);
  const endedAt = performance.now();
  const after = await look();
  await drained?.stop?.();
  await session.close();
  await Promise.all([admin.end(), horizon.end()]);
  return {
    tasks,
    seconds: (endedAt - (drained?.begunAt ?? calledAt)) / 1000,
    statements: after.sent.statements - before.sent.statements - looks,
    transactions: after.sent.transactions - before.sent.transactions - looks,
    walBytes: after.wal - before.wal,
    clientCpu: (after.own.user + after.own.system - before.own.user - before.own.system) / 1e6,
    serverCpu: before.cpu === null || after.cpu === null ? null : after.cpu - before.cpu,
  };
}

/** A connection of the bench's own, for statements that may take long. */
async function connect(databaseUrl: string) {
  const pool = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
  await pool.query('set statement_timeout = 0; set idle_in_transaction_session_timeout = 0');
  return pool;
}

// The parent made the order out of a Run.
process.send?.(await measure(JSON.parse(process.argv[2] ?? '') as Run));
process.disconnect?.();
// What a library leaves open must not keep the next run waiting.
process.exit(0);
