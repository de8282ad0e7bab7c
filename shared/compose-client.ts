import ladder from '../infra/ladder.json' with { type: 'json' };
import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { createPool } from './adapters/postgres/pool.ts';
import { postgresJrRegistry } from './adapters/postgres/register-jrs.ts';
import { postgresLedgerRestore } from './adapters/postgres/restore-ledger.ts';
import { postgresDlqView } from './adapters/postgres/view-entries.ts';
import { postgresLifeView } from './adapters/postgres/view-life.ts';
import { postgresLedgerView } from './adapters/postgres/view-tasks.ts';
import { postgresJrLedger } from './adapters/postgres/watch-jrs.ts';
import { createTracer } from './adapters/telemetry/tracer.ts';
import type { LedgerSettings } from './ledger-config.ts';
import { ledgerServer } from './ledger-server.ts';
import { localAccess } from './local-access.ts';
import type { TaskQueue } from './ports/queue.ts';

/** What the command line needs of a stack. */
export interface ClientSettings {
  readonly ledger: LedgerSettings;
  readonly tasksQueueUrl: string;
  /** Where the local stack's queue listens. Left out for AWS, which the SDK finds by the environment. */
  readonly local?: { readonly sqsEndpoint: string };
  /** `OTEL_*` as OpenTelemetry defines them. Default: nothing is traced. */
  readonly openTelemetry?: Readonly<Record<string, string | undefined>>;
  /** Told when spans could not be sent. */
  readonly onLostSpans?: (reason: string) => void;
}

/** The ledger to read and the queue to send to, for the command line. */
export function composeClient(settings: ClientSettings) {
  const { ledger, tasksQueueUrl, local, openTelemetry = {}, onLostSpans = () => undefined } = settings;
  // An idle connection that is lost needs no word here: the next query gets a new one, or says why not.
  const pool = createPool({ ...ledgerServer(ledger), max: 1, onIdleError: () => undefined });
  return {
    view: postgresLedgerView(pool),
    dlq: postgresDlqView(pool),
    life: postgresLifeView(pool),
    operations: postgresOperations(pool),
    restore: postgresLedgerRestore(pool),
    claims: postgresClaimsSwitch(pool),
    jrs: postgresJrRegistry(pool),
    jrLedger: postgresJrLedger(pool),
    rules: ladder.rules,
    liveness: sweeps.liveness,
    tracer: createTracer({ service: 'jr', env: openTelemetry, onLost: onLostSpans }),
    queue: queueOnDemand(tasksQueueUrl, local?.sqsEndpoint),
  };
}

/** Most commands send nothing: what can is loaded with the first message. */
function queueOnDemand(queueUrl: string, endpoint: string | undefined): TaskQueue {
  const load = async () => {
    const { sqsTaskQueue } = await import('./adapters/sqs/task-queue.ts');
    return sqsTaskQueue({ queueUrl, ...(endpoint === undefined ? {} : localAccess(endpoint)) });
  };
  let loaded: Promise<TaskQueue> | undefined;
  const queue = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    ring: async bells => await (await queue()).ring(bells),
    ping: async pings => await (await queue()).ping(pings),
    send: async (...message) => await (await queue()).send(...message),
  };
}
