import { findStack } from '../infra/local/control.ts';
import { composeClient } from '../shared/compose.ts';
import type { LadderRules } from '../shared/domain/ladder.ts';
import type { LivenessRules } from '../shared/domain/liveness.ts';
import type { ClaimsSwitch } from '../shared/ports/claims-switch.ts';
import type { DlqView } from '../shared/ports/dlq-view.ts';
import type { JrLedger } from '../shared/ports/jr-ledger.ts';
import type { JrRegistry } from '../shared/ports/jr-registry.ts';
import type { LedgerView } from '../shared/ports/ledger-view.ts';
import type { LifeView } from '../shared/ports/life-view.ts';
import type { Operations } from '../shared/ports/operations.ts';
import type { TaskQueue } from '../shared/ports/queue.ts';
import { UsageError } from './failures.ts';

export interface StackClient {
  readonly claims: ClaimsSwitch;
  readonly jrs: JrRegistry;
  readonly jrLedger: JrLedger;
  readonly liveness: LivenessRules;
  /** Where functions are invoked. */
  readonly lambdaEndpoint: string;
  readonly view: LedgerView;
  readonly dlq: DlqView;
  readonly life: LifeView;
  readonly operations: Operations;
  readonly queue: TaskQueue;
  readonly rules: LadderRules;
}

/** Runs a command against the local stack. @throws {UsageError} when none is running */
export async function withStack<T>(work: (client: StackClient) => Promise<T>): Promise<T> {
  const info = await findStack();
  if (info === null)
    throw new UsageError('The local stack is not running: start it with "npx jr up" (or npm start).');
  const tasksQueueUrl = info.queues['jr-tasks'];
  if (tasksQueueUrl === undefined)
    throw new UsageError(
      'The local stack has no queue jr-tasks: restart it with "npx jr down" and "npx jr up".',
    );
  const client = composeClient({
    databaseUrl: info.database_url,
    tasksQueueUrl,
    local: { sqsEndpoint: info.sqs_endpoint },
  });
  try {
    return await work({ ...client, lambdaEndpoint: info.lambda_endpoint });
  } finally {
    await client.view.close();
  }
}
