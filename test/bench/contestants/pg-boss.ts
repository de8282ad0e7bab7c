import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { checkpointTable, contentHash, insertCheckpoints } from '../checkpoints.ts';
import type { Contestant, Session, SessionOptions, Work } from '../contestant.ts';
import { documentOf, nextDocuments } from '../documents.ts';
import { loadPeer } from '../load-peer.ts';
import { inPortions, submitters } from '../portions.ts';
import { gate, untilNoneLeft } from '../until-none-left.ts';
import { filesOf, makeTaskFolder, writeDurably } from '../write-durably.ts';

interface Job {
  readonly id: string;
}

/** What is used of pg-boss. */
interface PgBoss {
  on(event: 'error', listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  stop(options: object): Promise<void>;
  createQueue(name: string, options: object): Promise<void>;
  getQueue(name: string): Promise<object | null>;
  insert(name: string, jobs: object[]): Promise<unknown>;
  work(name: string, options: object, handler: (jobs: Job[]) => Promise<void>): Promise<string>;
  offWork(name: string): Promise<void>;
  getDb(): { executeSql(text: string, values: unknown[]): Promise<unknown> };
}

const queue = 'bench';
const workOptions = {
  batchSize: 100,
  localConcurrency: 4,
  pollingIntervalSeconds: 0.5,
  burstWhenBatchFull: true,
};

const settings =
  'batchSize 100, localConcurrency 4, burstWhenBatchFull (fetches on while batches are full), pollingIntervalSeconds 0.5 (the least there is; default 2), insert() for bulk';

/** When a handler records its checkpoints. */
type Recording = 'after each step' | 'a batch at once';

/** The jobs of a batch run 5 at a time, and each records a checkpoint after each of its steps. */
export const pgBoss = contestant(
  'after each step',
  `${settings}; checkpoints by hand after each step, 5 jobs of a batch at a time`,
);

/** Steps that take no time can be recorded for the whole batch when it is over: the most that pg-boss can do. */
export const pgBossBatch = contestant(
  'a batch at once',
  `${settings}; one multi-row insert for all checkpoints of a batch of 100: should the process die before it, all 300 steps are done again`,
);

function contestant(recording: Recording, settings: string): Contestant {
  return { settings, open: options => open(options, recording) };
}

async function open({ databaseUrl, folder }: SessionOptions, recording: Recording): Promise<Session> {
  const { PgBoss } = await loadPeer<{ PgBoss: new (options: object) => PgBoss }>('pg-boss');
  const boss = new PgBoss({ connectionString: databaseUrl, max: 10, schedule: false });
  boss.on('error', error => console.error(error));
  await boss.start();
  if ((await boss.getQueue(queue)) === null)
    await boss.createQueue(queue, { retryLimit: 3, retryDelay: 120, retryBackoff: true });
  const watch = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
  await watch.query(checkpointTable);
  return session(boss, watch, folder, recording);
}

function session(
  boss: PgBoss,
  watch: ReturnType<typeof createPool>,
  folder: string,
  recording: Recording,
): Session {
  const insert = (count: number, work: Work) =>
    boss.insert(
      queue,
      nextDocuments(work, count).map(document => ({ data: { document } })),
    );
  const checkpoint = (ids: readonly string[], steps: readonly number[]) =>
    boss.getDb().executeSql(insertCheckpoints, [ids, steps, new Date(), contentHash]);

  async function steps({ id }: Job, work: Work): Promise<void> {
    if (work === 'files') await makeTaskFolder(folder, id);
    for (const [at, file] of filesOf(id).entries()) {
      if (work === 'files') await writeDurably(folder, file);
      if (recording === 'after each step') await checkpoint([id], [at + 1]);
    }
  }

  async function perform(jobs: Job[], work: Work): Promise<void> {
    if (work === 'failing') throw new Error('it failed');
    if (work === 'no-op') return;
    const left = [...jobs];
    await inPortions(jobs.length, 1, 5, async () => {
      const job = left.pop();
      if (job !== undefined) await steps(job, work);
    });
    if (recording === 'a batch at once')
      await checkpoint(
        jobs.map(({ id }) => id),
        [1, 2, 3],
      );
  }

  return {
    async seed(tasks, work) {
      for (let left = tasks; left > 0; left -= 1_000) await insert(Math.min(left, 1_000), work);
    },
    async drain(tasks, work) {
      const all = gate(tasks);
      let begunAt: number | undefined;
      await boss.work(queue, workOptions, async jobs => {
        begunAt ??= performance.now();
        try {
          await perform(jobs, work);
        } finally {
          for (const _ of jobs) all.arrive();
        }
      });
      await all.passed;
      await untilNoneLeft(
        watch,
        `select count(*) as left from pgboss.job where state in ('created', 'active')`,
      );
      return { ...(begunAt === undefined ? {} : { begunAt }), stop: () => boss.offWork(queue) };
    },
    submit: (tasks, portion) => inPortions(tasks, portion, submitters, count => insert(count, 'steps')),
    async addFinished(tasks) {
      for (let left = tasks; left > 0; left -= 20_000)
        await watch.query(
          `insert into pgboss.job (name, data, state, started_on, completed_on, policy, keep_until)
         select $1, $2::jsonb, 'completed', now(), now(), 'standard', now() + interval '14 days'
         from generate_series(1, $3::int)`,
          [queue, { document: documentOf('steps', 0) }, Math.min(left, 20_000)],
        );
    },
    async close() {
      await boss.stop({ graceful: false });
      await watch.end();
    },
  };
}
