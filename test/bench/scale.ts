import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type Dependencies, sweep } from '../../functions/auto-assign/run.ts';
import { startPostgres } from '../../infra/local/postgres.ts';
import sweeps from '../../infra/sweeps.json' with { type: 'json' };
import { postgresDispatchLedger } from '../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { migrate } from '../../shared/adapters/postgres/migrate.ts';
import { postgresAlertLedger } from '../../shared/adapters/postgres/observe-alerts.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { refill } from '../../shared/flow/dispatch.ts';
import { migrationsFolder } from '../support/database.ts';
import { memoryTaskQueue } from '../support/memory-queue.ts';
import { untraced } from '../support/untraced.ts';

// How assigning, dispatching and claiming stand a large ledger. Goals: 100,000 unassigned tasks over 1,000 Jrs assigned
// within 5 s in sweeps of at most 10,000; the next batch dispatched and claimed in under 5 ms (median) beside 1,000,000
// completed tasks, while an open transaction keeps every dead row and index entry from being cleaned away.

const finished = 1_000_000;
const waiting = 100_000;
const jrs = 1_000;
const capacity = waiting / jrs;
const rounds = 500;
const batch = 10;

const stateDir = await mkdtemp(join(tmpdir(), 'jr-scale-'));
const server = await startPostgres({ stateDir, durable: true });
try {
  const databaseUrl = server.url();
  await migrate(databaseUrl, migrationsFolder);
  await measure(databaseUrl);
} finally {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
}

async function measure(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  const pinning = new pg.Client({ connectionString: databaseUrl });
  // As the functions have it.
  const pool = createPool({
    databaseUrl,
    max: 1,
    plansOnce: true,
    onIdleError: error => console.error(error),
  });
  await Promise.all([client.connect(), pinning.connect()]);
  try {
    await fill(client);
    // As a report that somebody began an hour ago: it sees the rows as they are now for as long as it is open.
    await pinning.query('begin isolation level repeatable read');
    await pinning.query('select count(*) from jr_status');
    await client.query(
      `insert into jr_work_queue (title, instruction_content, priority, created_at)
       select 'waiting ' || n, 'Create', 1 + n % 10, now() from generate_series(1, $1::int) n`,
      [waiting],
    );
    const deps = dependencies(pool);
    await measureAssigning(client, pool, deps);
    await measureClaiming(client, pool, deps);
  } finally {
    await pinning.end();
    await client.end();
    await pool.end();
  }
}

async function fill(client: pg.Client): Promise<void> {
  await client.query(
    `insert into jr_status (jr_name, is_online, last_seen, max_concurrent)
     select 'Jr ' || n, true, now(), $2 from generate_series(1, $1::int) n`,
    [jrs, capacity],
  );
  for (let done = 0; done < finished; done += 100_000) {
    await client.query(
      `insert into jr_work_queue (title, instruction_content, assigned_jr, status, dispatched_at, completed_at)
       select 'finished ' || n, 'Create', 'Jr ' || (1 + n % $1::int), 'completed', now(), now()
       from generate_series(1, 100000) n`,
      [jrs],
    );
  }
  await client.query('analyze');
}

function dependencies(pool: pg.Pool): Dependencies {
  const queue = memoryTaskQueue();
  const log = () => undefined;
  return {
    dispatchLedger: postgresDispatchLedger(pool),
    alertLedger: postgresAlertLedger(pool),
    queue,
    queueDepth: async () => ({ visible: queue.bodies.length, in_flight: 0, delayed: 0 }),
    clock: { now: () => new Date() },
    dispatching: { ...sweeps.dispatch, ...sweeps.assignment },
    log: { info: log, warn: log, error: log },
    tracer: untraced,
  };
}

async function measureAssigning(client: pg.Client, pool: pg.Pool, deps: Dependencies): Promise<void> {
  const cpu = await serverCpu(pool);
  const cpuBefore = cpu();
  const times: number[] = [];
  let assigned = 0;
  for (;;) {
    const start = performance.now();
    const summary = await sweep(() => 60_000, deps);
    if (summary.assigned === 0) break;
    times.push(performance.now() - start);
    assigned += summary.assigned;
  }
  const { rows } = await client.query(
    `select count(*)::int as jrs, min(n)::int as least, max(n)::int as most from (
       select count(*) as n from jr_work_queue where status = 'assigned' group by assigned_jr) held`,
  );
  const computed = ((cpu() - cpuBefore) / 1000).toFixed(2);
  const total = times.reduce((sum, ms) => sum + ms, 0);
  console.log(
    `${assigned} tasks assigned in ${times.length} sweeps, ${(total / 1000).toFixed(2)} s (goal 5 s), of it the server computed ${computed} s; ` +
      `${rows[0].jrs} Jrs have ${rows[0].least} to ${rows[0].most} each`,
  );
}

/** As execute-task does it, one batch after another: claim what was rung, complete it, ring for the next. */
async function measureClaiming(client: pg.Client, pool: pg.Pool, deps: Dependencies): Promise<void> {
  const ledger = postgresLedger(pool);
  const cpu = await serverCpu(pool);
  let cpuBefore = 0;
  const claims: number[] = [];
  const dispatches: number[] = [];
  const { rows } = await client.query<{ id: number }>(
    `select id from jr_work_queue where status = 'assigned' and dispatched_at is not null order by priority, id`,
  );
  const rung = rows.map(({ id }) => Number(id));
  for (let round = -20; round < rounds; round += 1) {
    const taskIds = rung.splice(0, batch);
    const now = new Date();
    const start = performance.now();
    const { tasks } = await ledger.claimTasks({
      taskIds,
      now,
      leaseUntil: new Date(now.getTime() + 60_000),
      functionRequestId: 'bench',
      oldestEntry: new Date(0),
      maxCrashes: 3,
    });
    const claimed = performance.now();
    if (tasks.length !== batch) throw new Error(`${tasks.length} of ${taskIds.length} were claimed.`);
    await client.query(`update jr_work_queue set status = 'completed' where id = any($1)`, [taskIds]);
    const before = performance.now();
    const dispatched = await refill(false, deps);
    const after = performance.now();
    rung.push(...dispatched);
    if (round === -1) cpuBefore = cpu();
    if (round < 0) continue; // Warming up.
    claims.push(claimed - start);
    dispatches.push(after - before);
  }
  const both = claims.map((ms, i) => ms + (dispatches[i] ?? 0));
  console.log(`beside ${finished} completed tasks and an open transaction, ${rounds} batches of ${batch}:`);
  console.log(`  claim      ${spread(claims)}`);
  console.log(`  dispatch   ${spread(dispatches)}`);
  console.log(`  both       ${spread(both)} (goal: median under 5 ms)`);
  console.log(`  of it the server computed ${((cpu() - cpuBefore) / rounds).toFixed(2)} ms a batch (mean)`);
  console.log(`  the last 100 of them ${spread(both.slice(-100))}`);
}

/** Milliseconds that the pool's one server process has computed so far: what a busy machine does not change. Linux only. */
async function serverCpu(pool: pg.Pool): Promise<() => number> {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  const file = `/proc/${rows[0]?.pid}/stat`;
  if (!existsSync(file)) return () => Number.NaN;
  const msPerTick = 10;
  return () => {
    const fields = readFileSync(file, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * msPerTick;
  };
}

function spread(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
  return `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms`;
}
