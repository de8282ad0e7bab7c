import ladder from '../infra/ladder.json' with { type: 'json' };
import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { postgresLedgerCheck } from './adapters/postgres/check-ledger.ts';
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { postgresOperations } from './adapters/postgres/operations.ts';
import { createPool } from './adapters/postgres/pool.ts';
import { postgresJrRegistry } from './adapters/postgres/register-jrs.ts';
import { postgresLedgerRestore } from './adapters/postgres/restore-ledger.ts';
import { postgresDlqView } from './adapters/postgres/view-entries.ts';
import { postgresLifeView } from './adapters/postgres/view-life.ts';
import { postgresLedgerView } from './adapters/postgres/view-tasks.ts';
import { postgresJrLedger } from './adapters/postgres/watch-jrs.ts';
import { listSchedules } from './adapters/scheduler/list-schedules.ts';
import { sqsQueueDepth } from './adapters/sqs/queue-depth.ts';
import { sqsTaskQueue } from './adapters/sqs/task-queue.ts';
import { createTracer } from './adapters/telemetry/tracer.ts';
import type { LedgerSettings } from './ledger-config.ts';
import { ledgerServer } from './ledger-server.ts';

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

/** What the emulators of the local stack take for a region and credentials. */
const localAccess = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };

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
    queue: sqsTaskQueue({
      queueUrl: tasksQueueUrl,
      ...(local === undefined ? {} : { ...localAccess, endpoint: local.sqsEndpoint }),
    }),
  };
}

/** What `jr doctor` looks at: of the local stack where that is given, else in AWS. */
export function composeDoctor({
  ledger,
  local,
}: {
  readonly ledger: LedgerSettings;
  readonly local?: { readonly sqsEndpoint: string; readonly schedulerEndpoint: string };
}) {
  const pool = createPool({ ...ledgerServer(ledger), max: 2, onIdleError: () => undefined });
  return {
    ledgerCheck: postgresLedgerCheck(pool),
    dlq: postgresDlqView(pool),
    jrs: postgresJrRegistry(pool),
    claims: postgresClaimsSwitch(pool),
    liveness: sweeps.liveness,
    surroundings: {
      queueDepth: sqsQueueDepth(local === undefined ? {} : { ...localAccess, endpoint: local.sqsEndpoint }),
      schedules: listSchedules(
        local === undefined ? {} : { ...localAccess, endpoint: local.schedulerEndpoint },
      ),
    },
    close: () => pool.end(),
  };
}
