import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import type { Contestant, Session, Work } from '../contestant.ts';
import { nextDocument, nextDocuments } from '../documents.ts';
import { loadPeer } from '../load-peer.ts';
import { inPortions, submitters } from '../portions.ts';
import { gate, untilNoneLeft } from '../until-none-left.ts';
import { filesOf, makeTaskFolder, writeDurably } from '../write-durably.ts';

/** What is used of DBOS Transact. */
interface Library {
  readonly DBOS: {
    readonly workflowID: string | undefined;
    setConfig(config: object): void;
    registerWorkflow<T>(work: (payload: T) => Promise<void>, config: { name: string }): unknown;
    runStep<T>(step: () => Promise<T>, config: { name: string }): Promise<T>;
    launch(): Promise<void>;
    registerQueue(name: string, options: object): Promise<unknown>;
    shutdown(): Promise<void>;
  };
  readonly DBOSClient: {
    create(options: { systemDatabaseUrl: string }): Promise<{
      enqueue(options: object, ...args: unknown[]): Promise<unknown>;
      destroy(): Promise<void>;
    }>;
  };
}

/** It writes each workflow that fails to the console otherwise. */
const silent = { info() {}, debug() {}, warn() {}, error() {} };

const poolSize = 20;

export const dbos: Contestant = {
  settings:
    'workflows on a queue with minPollingIntervalMs 100 (default 1000) and no limit of concurrency, three runStep() calls a workflow, systemDatabasePoolSize 20 (default 10), enqueue() one by one (it has no bulk form)',
  async open({ databaseUrl, folder }) {
    const { DBOS, DBOSClient } = await loadPeer<Library>('@dbos-inc/dbos-sdk');
    const watch = createPool({ databaseUrl, max: 1, onIdleError: error => console.error(error) });
    let current: (() => Promise<void>) | undefined;
    DBOS.registerWorkflow(async (_: object) => await current?.(), { name: 'bench' });
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl: databaseUrl,
      systemDatabasePoolSize: poolSize,
      logger: silent,
    });
    await DBOS.launch();
    const client = await DBOSClient.create({ systemDatabaseUrl: databaseUrl });
    // A queue of its own for each drain: nothing is taken from it before it is registered.
    let queues = 0;
    const name = `bench-${process.pid}`;
    const enqueue = (queueName: string, document: string) =>
      client.enqueue({ workflowName: 'bench', queueName }, { document });

    async function perform(work: Work): Promise<void> {
      if (work === 'failing') throw new Error('it failed');
      if (work === 'no-op') return;
      const id = DBOS.workflowID ?? '';
      if (work === 'files') await makeTaskFolder(folder, id);
      for (const file of filesOf(id)) {
        const step = async () => (work === 'files' ? await writeDurably(folder, file) : undefined);
        await DBOS.runStep(step, { name: file.name });
      }
    }

    const session: Session = {
      async seed(tasks, work) {
        queues += 1;
        await inPortions(tasks, 1, 16, () => enqueue(`${name}-${queues}`, nextDocument(work)));
      },
      async drain(tasks, work) {
        const all = gate(tasks);
        let begunAt: number | undefined;
        current = async () => {
          begunAt ??= performance.now();
          try {
            await perform(work);
          } finally {
            all.arrive();
          }
        };
        await DBOS.registerQueue(`${name}-${queues}`, { minPollingIntervalMs: 100 });
        await all.passed;
        await untilNoneLeft(
          watch,
          `select count(*) as left from dbos.workflow_status where status in ('ENQUEUED', 'PENDING')`,
        );
        return begunAt === undefined ? {} : { begunAt };
      },
      async submit(tasks, portion) {
        await inPortions(tasks, portion, submitters, async count => {
          await Promise.all(
            nextDocuments('steps', count).map(document => enqueue(`${name}-unserved`, document)),
          );
        });
      },
      async addFinished(tasks) {
        for (let left = tasks; left > 0; left -= 20_000)
          await watch.query(
            `insert into dbos.workflow_status
           select copy.* from (select * from dbos.workflow_status where status = 'SUCCESS' limit 1) as done
           cross join generate_series($1::int, $2::int) as place
           cross join lateral jsonb_populate_record(null::dbos.workflow_status,
             to_jsonb(done) || jsonb_build_object('workflow_uuid', 'finished-' || place)) as copy`,
            [Math.max(1, left - 19_999), left],
          );
      },
      async close() {
        await DBOS.shutdown();
        await client.destroy();
        await watch.end();
      },
    };
    return session;
  },
};
