import { mkdir } from 'node:fs/promises';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import { errorCode, StackError } from './errors.ts';
import { freePort, LOOPBACK } from './ports.ts';
import { amendStore, type Persistence, type S3Store, type SnsStore, type SqsStore } from './sqs/amend.ts';
import { ACCOUNT, type QueueSpec, queueArn, queueAttributes, REGION } from './sqs/queues.ts';

export interface SqsServer {
  readonly port: number;
  readonly endpoint: string;
  /** Queue name to queue URL. */
  readonly queues: Readonly<Record<string, string>>;
  /** Lets long polls return now, for a poller that is about to stop. */
  releasePolls(): void;
  stop(): Promise<void>;
}

/**
 * The classes behind `startFauxqs`, which itself listens on every interface of the machine. They are not exported,
 * so they are reached by path: the version is pinned, and the contract test would notice.
 */
async function fauxqsInternals() {
  const load = (path: string) => import(new URL(path, import.meta.resolve('fauxqs')).href);
  const [sqs, sns, s3, persistence] = await Promise.all([
    load('./sqs/sqsStore.js'),
    load('./sns/snsStore.js'),
    load('./s3/s3Store.js'),
    load('./persistence.js'),
  ]);
  // Types that the package's declarations give to these very classes.
  return {
    SqsStore: sqs.SqsStore as new () => SqsStore,
    SnsStore: sns.SnsStore as new () => SnsStore,
    S3Store: s3.S3Store as new () => S3Store,
    PersistenceManager: persistence.PersistenceManager as new (dataDir: string) => Persistence,
  };
}

function makeQueue(store: SqsStore, queue: QueueSpec, port: number): string {
  const url = `http://${LOOPBACK}:${port}/${ACCOUNT}/${queue.name}`;
  const attributes = queueAttributes(queue);
  const existing = store.getQueueByName(queue.name);
  if (existing === undefined) {
    if (attributes['RedrivePolicy'] === '') delete attributes['RedrivePolicy'];
    store.createQueue(queue.name, url, queueArn(queue.name), attributes);
  } else {
    existing.setAttributes(attributes); // creating it again would delete its messages
  }
  return url;
}

/**
 * Starts the SQS emulator on loopback, with its messages on disk: what it accepted survives a kill -9.
 *
 * Messages that were in flight when the last process ended are visible again at once, with their receive counts:
 * those who had received them ran in that process, and waiting out a visibility timeout of minutes helps nobody.
 * @param options.port 0: a free one
 * @param options.durable false: no fsync a message, twice as fast; a crash of the machine may then lose the last
 *   ones, a kill -9 still does not. Default: true
 */
export async function startSqs(options: {
  dataDir: string;
  port: number;
  queues: readonly QueueSpec[];
  durable?: boolean;
}): Promise<SqsServer> {
  await mkdir(options.dataDir, { recursive: true });
  const { SqsStore, SnsStore, S3Store, PersistenceManager } = await fauxqsInternals();
  const persistence = new PersistenceManager(options.dataDir);
  const stores: BuildAppOptions['stores'] = {
    sqsStore: new SqsStore(),
    snsStore: new SnsStore(),
    s3Store: new S3Store(),
  };
  const { sqsStore, snsStore } = stores;
  const port = options.port === 0 ? await freePort() : options.port;
  if (options.durable === false) persistence.db.exec('PRAGMA synchronous = NORMAL');
  amendStore(sqsStore, persistence);
  persistence.db.exec('UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL');
  // The port may have changed, and the stored URLs would name one where nobody listens.
  persistence.db.exec(`UPDATE sqs_queues SET url = 'http://${LOOPBACK}:${port}/${ACCOUNT}/' || name`);
  persistence.loadSqsAndSns(sqsStore, snsStore);
  // Only now, as fauxqs itself does: saving a queue while it is loaded would cascade to its messages.
  // The interface of amend.ts is the part of the class that is used here; the object is the class's own.
  const manager = persistence as Persistence & NonNullable<SqsStore['persistence']>;
  sqsStore.persistence = manager;
  snsStore.persistence = manager;
  for (const queue of sqsStore.allQueues()) queue.persistence = manager;

  const app = buildApp({ logger: false, defaultRegion: REGION, stores });
  app.addHook('onClose', () => {
    persistence.close();
  });
  try {
    await app.listen({ port, host: LOOPBACK });
  } catch (error) {
    await app.close();
    if (errorCode(error) !== 'EADDRINUSE') throw error;
    throw new StackError(
      `Port ${port} for SQS is taken: stop what listens there, or set JR_SQS_PORT to another.`,
    );
  }
  const urls = options.queues.map(queue => [queue.name, makeQueue(sqsStore, queue, port)] as const);
  return {
    port,
    endpoint: `http://${LOOPBACK}:${port}`,
    queues: Object.fromEntries(urls),
    releasePolls: () => sqsStore.shutdown(),
    stop: () => app.close(),
  };
}
