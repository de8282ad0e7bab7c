import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import type { PostgresServer } from '../../infra/local/postgres.ts';
import { batch, insertSql, ledgerWork, prepare } from './contestants/jr-executor.ts';
import { nextDocuments } from './documents.ts';
import { spread } from './statistics.ts';

/** A part of what the ledger does for a batch of tasks with three steps that are done already, and what it takes. */
export interface Part {
  readonly part: string;
  /** Why it is there: the invariants of the design that it keeps, or who needs it. */
  readonly keeps: string;
  /**
   * CPU of a task, of process and server: the median of batches with it less that of those without it, which take turns on a
   * connection each.
   */
  readonly microseconds: number;
}

/** What is left out: texts of the statements, and what the database has. */
interface Without extends Omit<Part, 'microseconds'> {
  readonly cuts?: readonly (readonly [RegExp, string])[];
  readonly setUp?: string;
}

const nothing: Without = { part: 'everything', keeps: '' };

const parts: readonly Without[] = [
  {
    part: 'claim: each Jr has room, counted under a lock',
    keeps: 'never more of a Jr than it may run',
    cuts: [
      [/rooms as materialized \([\s\S]*?\) jrs\n\)/, 'rooms as (select 1 as room, 0 as tasks where false)'],
    ],
  },
  {
    part: 'claim: nothing is paused',
    keeps: 'invariant 12',
    cuts: [[/and not exists \(select 1 from jr_control .*\)/, '']],
  },
  {
    part: 'claim: no attempt was made before, no entry is open',
    keeps: 'invariants 8 and 9',
    cuts: [
      [/and w\.id <> all \(array\(select task_id .*\)\)/, ''],
      [/and w\.id <> all \(array\(select original_task_id[\s\S]*?\)\)\)/, ''],
    ],
  },
  {
    part: 'claim: all of the task besides its document is told, and whether others wait for a bell',
    keeps: 'logs and notices; the backlog begins at once',
    cuts: [
      [
        /select id, task_key, title,[\s\S]*as backlog/,
        "select id, null as task_key, '' as title, null as instruction_file, instruction_content, '{}'::jsonb as parameters, false as backlog",
      ],
      [/order by sacred_fire_priority[^`]*/, ''],
    ],
  },
  {
    part: 'completion: message, result and files',
    keeps: 'who reads what was done',
    cuts: [[/status_message = e\.status_message, result = e\.result,\s+artifacts = e\.artifacts,/, '']],
  },
  {
    part: 'completion: steps of this plan, each with its hashes',
    keeps: 'invariants 5 and 7',
    cuts: [[/, recorded as \([\s\S]*?\n\)(?=, attempts as)/, '']],
  },
  {
    part: 'completion: the attempt has its row',
    keeps: 'invariant 9',
    cuts: [[/, attempts as \([\s\S]*?from held h\n\)/, '']],
  },
  {
    part: 'completion: an entry is resolved',
    keeps: 'invariant 8',
    cuts: [[/, resolved as \([\s\S]*?'retrying'\)\n\)/, '']],
  },
  {
    part: 'completion: children go on',
    keeps: 'invariant 1',
    cuts: [[/, freed as \([\s\S]*?\n\)(?=\nselect id from held)/, '']],
  },
  {
    part: 'tables: the constraints of tasks and steps',
    keeps: 'rows that SQL writes',
    setUp: `do $$ declare c record; begin
      for c in select conrelid::regclass as on_table, conname from pg_constraint where contype in ('c', 'f')
        and conrelid in ('jr_work_queue'::regclass, 'jr_step_rewards'::regclass, 'jr_task_attempts'::regclass)
      loop execute format('alter table %s drop constraint %I', c.on_table, c.conname); end loop; end $$`,
  },
  {
    part: 'tables: the indexes of tasks that neither statement reads',
    keeps: 'invariants 1 and 5; people and sweeps',
    setUp: `do $$ declare i record; begin
      alter table jr_work_queue drop constraint jr_work_queue_task_key_unique;
      for i in select indexrelid::regclass as index from pg_index where indrelid = 'jr_work_queue'::regclass
        and not indisprimary and indexrelid::regclass::text not in ('jr_work_queue_running', 'jr_work_queue_children')
      loop execute format('drop index %s', i.index); end loop; end $$`,
  },
];

const all: Without = {
  part: 'all of these together',
  keeps: '',
  cuts: parts.flatMap(({ cuts = [] }) => cuts),
  setUp: parts.flatMap(({ setUp = [] }) => setUp).join(';'),
};

/** One connection to a database of its own, by which batches are claimed and completed without a part. */
interface Side {
  readonly without: Without;
  /** Claims and completes so many tasks. */
  run(): Promise<void>;
  /** CPU time of its server process until now, in microseconds. */
  serverCpu(): number;
  close(): Promise<void>;
}

/**
 * What each part of the ledger's two statements takes. Each is left out by itself, so that what one saves may be part of
 * what another does; the last row leaves out all of them. Nothing where the system is not Linux, which alone tells the time
 * of a process so finely.
 */
export async function priceParts(
  server: PostgresServer,
  folder: string,
  batches: number,
  say: (line: string) => void,
): Promise<Part[]> {
  if (process.platform !== 'linux') return [];
  const sides: Side[] = [];
  try {
    for (const without of [nothing, ...parts, all])
      sides.push(await open(server, folder, without, sides.length, batches));
    const measured = sides.map(side => ({ ...side, spent: [] as number[] }));
    for (let number = 0; number < batches; number += 1) {
      for (const { run, serverCpu, spent } of shuffled(measured)) {
        const [own, server] = [process.cpuUsage(), serverCpu()];
        await run();
        const { user, system } = process.cpuUsage(own);
        spent.push(user + system + serverCpu() - server);
      }
    }
    say(`parts of the ledger: ${batches} batches of ${batch} without each of them`);
    const costs = measured.map(({ without, spent }) => ({ without, cost: spread(spent).median / batch }));
    const whole = costs[0]?.cost ?? Number.NaN;
    return costs.map(({ without: { part, keeps }, cost }) => ({
      part,
      keeps,
      microseconds: part === nothing.part ? whole : whole - cost,
    }));
  } finally {
    for (const side of sides) await side.close();
  }
}

async function open(
  server: PostgresServer,
  folder: string,
  without: Without,
  number: number,
  batches: number,
): Promise<Side> {
  const database = `bench_part_${number}`;
  await server.ensureDatabase(database);
  const { pool, deps } = await prepare({ databaseUrl: server.url(database), folder: join(folder, database) });
  if (without.setUp !== undefined) await pool.query(without.setUp);
  const { rows } = await pool.query<{ id: number }>(insertSql, [
    nextDocuments('steps', (batches + 1) * batch),
  ]);
  await pool.query('vacuum analyze');
  const missing = leaveOut(pool, without.cuts ?? []);
  const work = await ledgerWork(deps);
  const ids = rows.map(({ id }) => id);
  await work(ids.splice(0, batch)); // connects and prepares
  if (missing.size > 0) throw new Error(`${without.part}: no statement has ${[...missing].join(', ')}.`);
  const { rows: pids } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  return {
    without,
    run: () => work(ids.splice(0, batch)),
    serverCpu: () => cpuOf(pids[0]?.pid ?? 0),
    close: () => pool.end(),
  };
}

/** In an order of chance: what ran right before has used the same caches. */
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map(item => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** By proc(5): its time on a processor in nanoseconds comes first. */
function cpuOf(pid: number): number {
  return Number.parseInt(readFileSync(`/proc/${pid}/schedstat`, 'utf8'), 10) / 1000;
}

/** Cuts the texts of statements before they are sent. Answers what has not been found in any yet. */
function leaveOut(pool: pg.Pool, cuts: Without['cuts'] & {}): Set<RegExp> {
  const missing = new Set(cuts.map(([what]) => what));
  const query = pool.query.bind(pool);
  const cut = (text: string) =>
    cuts.reduce((left, [what, by]) => {
      if (what.test(left)) missing.delete(what);
      return left.replace(what, by);
    }, text);
  Object.assign(pool, {
    query: (config: string | pg.QueryConfig, values?: unknown[]) =>
      typeof config === 'string' ? query(config, values) : query({ ...config, text: cut(config.text) }),
  });
  return missing;
}
