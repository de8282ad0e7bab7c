import sweeps from '../infra/sweeps.json' with { type: 'json' };
import { postgresLedgerCheck } from './adapters/postgres/check-ledger.ts';
import { postgresClaimsSwitch } from './adapters/postgres/claims-switch.ts';
import { createPool } from './adapters/postgres/pool.ts';
import { postgresJrRegistry } from './adapters/postgres/register-jrs.ts';
import { postgresDlqView } from './adapters/postgres/view-entries.ts';
import { listSchedules } from './adapters/scheduler/list-schedules.ts';
import { sqsQueueDepth } from './adapters/sqs/queue-depth.ts';
import type { LedgerSettings } from './ledger-config.ts';
import { ledgerServer } from './ledger-server.ts';
import { localAccess } from './local-access.ts';

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
      queueDepth: sqsQueueDepth(local === undefined ? {} : localAccess(local.sqsEndpoint)),
      schedules: listSchedules(local === undefined ? {} : localAccess(local.schedulerEndpoint)),
    },
    close: () => pool.end(),
  };
}
