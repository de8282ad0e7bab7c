import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { checkpointTable, contentHash, insertCheckpoints } from '../checkpoints.ts';
import type { Contestant, Session, Work } from '../contestant.ts';
import { nextDocuments } from '../documents.ts';
import { loadPeer } from '../load-peer.ts';
import { inPortions, submitters } from '../portions.ts';
import { gate, untilNoneLeft } from '../until-none-left.ts';
import { filesOf, makeTaskFolder, writeDurably } from '../write-durably.ts';

interface Helpers {
  readonly job: { readonly id: string; readonly attempts: number };
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** What is used of graphile-worker. */
interface Library {
  run(
    options: object,
    tasks: Record<string, (payload: unknown, helpers: Helpers) => Promise<void>>,
  ): Promise<{ stop(): Promise<void> }>;
  makeWorkerUtils(options: object): Promise<{
    migrate(): Promise<void>;
    addJobs(specs: object[]): Promise<unknown>;
    release(): Promise<void>;
  }>;
  readonly Logger: new (factory: () => () => void) => object;
}

const worker = {
  concurrentJobs: 10,
  maxPoolSize: 12,
  localQueue: { size: 500 },
  completeJobBatchDelay: 0,
  failJobBatchDelay: 0,
};

export const graphileWorker: Contestant = {
  settings:
    'localQueue 500, completeJobBatchDelay 0 and failJobBatchDelay 0 as on its page on performance, concurrentJobs 10 with a pool of 12 (that page has 24 on a larger machine), prepared statements, addJobs() for bulk; checkpoints by hand after each step',
  async open({ databaseUrl, folder }) {
    const library = await loadPeer<Library>('graphile-worker');
    const shared = { connectionString: databaseUrl, logger: new library.Logger(() => () => undefined) };
    const utils = await library.makeWorkerUtils(shared);
    await utils.migrate();
    const watch = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
    await watch.query(checkpointTable);
    const insert = (count: number, work: Work) =>
      utils.addJobs(
        nextDocuments(work, count).map(document => ({
          identifier: 'bench',
          payload: { document },
          maxAttempts: 4,
        })),
      );
    return session(
      insert,
      (task: Task) =>
        library.run({ preset: { worker: { ...shared, ...worker } }, noHandleSignals: true }, { bench: task }),
      watch,
      folder,
      () => utils.release(),
    );
  },
};

type Task = (payload: unknown, helpers: Helpers) => Promise<void>;

function session(
  insert: (count: number, work: Work) => Promise<unknown>,
  start: (task: Task) => Promise<{ stop(): Promise<void> }>,
  watch: ReturnType<typeof createPool>,
  folder: string,
  release: () => Promise<void>,
): Session {
  async function perform({ job, query }: Helpers, work: Work): Promise<void> {
    if (work === 'failing') throw new Error('it failed');
    if (work === 'no-op') return;
    if (work === 'files') await makeTaskFolder(folder, job.id);
    for (const [at, file] of filesOf(job.id).entries()) {
      if (work === 'files') await writeDurably(folder, file);
      await query(insertCheckpoints, [[job.id], [at + 1], new Date(), contentHash]);
    }
  }

  return {
    async seed(tasks, work) {
      for (let left = tasks; left > 0; left -= 1_000) await insert(Math.min(left, 1_000), work);
    },
    async drain(tasks, work) {
      const all = gate(tasks);
      let begunAt: number | undefined;
      const runner = await start(async (_, helpers) => {
        begunAt ??= performance.now();
        try {
          await perform(helpers, work);
        } finally {
          // What failed is due again within seconds: only its first time counts.
          if (helpers.job.attempts === 1) all.arrive();
        }
      });
      await all.passed;
      await untilNoneLeft(
        watch,
        'select count(*) as left from graphile_worker._private_jobs where attempts = 0 or (attempts = 1 and locked_at is not null)',
      );
      return { ...(begunAt === undefined ? {} : { begunAt }), stop: () => runner.stop() };
    },
    submit: (tasks, portion) => inPortions(tasks, portion, submitters, count => insert(count, 'steps')),
    // It deletes jobs that are done: a database with a past looks like one without.
    addFinished: async () => {},
    async close() {
      await release();
      await watch.end();
    },
  };
}
