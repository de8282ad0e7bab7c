import { createHash } from 'node:crypto';
import ladder from '../infra/ladder.json' with { type: 'json' };
import { postgresLedger } from './adapters/postgres/ledger.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { createPool } from './adapters/postgres/pool.ts';
import { postgresLedgerView } from './adapters/postgres/view-tasks.ts';
import { decodeMessage } from './adapters/sqs/decode-message.ts';
import { sqsTaskQueue } from './adapters/sqs/task-queue.ts';
import { syntaxChecker } from './adapters/syntax/checker.ts';
import { jsonLog } from './adapters/telemetry/json-log.ts';
import { fileWorkspace } from './adapters/workspace/workspace.ts';
import type { Config } from './config.ts';

/** Connections of one function instance: one writes while the other settles. */
const poolSize = 2;

/** Everything a function needs, on the real adapters. Opens no connection until one is needed. */
export function compose(config: Config, logContext: Record<string, unknown>) {
  const log = jsonLog(logContext);
  const pool = createPool({
    databaseUrl: config.databaseUrl,
    max: poolSize,
    onIdleError: error => log.warn('ledger.connection_lost', { message: error.message }),
  });
  return {
    ledger: postgresLedger(pool),
    queue: sqsTaskQueue({ queueUrl: config.tasksQueueUrl, endpoint: config.sqsEndpoint }),
    workspace: fileWorkspace({ root: config.workspaceDir }),
    syntax: syntaxChecker({
      onFault: (path, error) =>
        log.warn('syntax.unchecked', { path, message: error instanceof Error ? error.stack : String(error) }),
    }),
    clock: { now: () => new Date() },
    random: Math.random,
    rules: ladder.rules,
    log,
    decode: decodeMessage,
    sha256: (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex'),
    pathPrefixes: config.workspacePrefixes,
  };
}

/** What the command line needs of a running stack. */
export interface ClientSettings {
  readonly databaseUrl: string;
  readonly tasksQueueUrl: string;
  /** Where the local stack's queue listens, and what its emulator takes for a region and credentials. */
  readonly local: { readonly sqsEndpoint: string };
}

/** The ledger to read and the queue to send to, for the command line. */
export function composeClient({ databaseUrl, tasksQueueUrl, local }: ClientSettings) {
  // An idle connection that is lost needs no word here: the next query gets a new one, or says why not.
  const pool = createPool({ databaseUrl, max: 1, onIdleError: () => undefined });
  return {
    view: postgresLedgerView(pool),
    operations: postgresOperations(pool),
    queue: sqsTaskQueue({
      queueUrl: tasksQueueUrl,
      endpoint: local.sqsEndpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    }),
  };
}
