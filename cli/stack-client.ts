import { composeClient } from '../shared/compose-client.ts';
import { JrError } from '../shared/domain/failure.ts';
import type { LadderRules } from '../shared/domain/ladder.ts';
import type { LivenessRules } from '../shared/domain/liveness.ts';
import type { ClaimsSwitch } from '../shared/ports/claims-switch.ts';
import type { DlqView } from '../shared/ports/dlq-view.ts';
import type { JrLedger } from '../shared/ports/jr-ledger.ts';
import type { JrRegistry } from '../shared/ports/jr-registry.ts';
import type { LedgerRestore } from '../shared/ports/ledger-export.ts';
import type { LedgerView } from '../shared/ports/ledger-view.ts';
import type { LifeView } from '../shared/ports/life-view.ts';
import type { Operations } from '../shared/ports/operations.ts';
import type { TaskQueue } from '../shared/ports/queue.ts';
import type { Tracer } from '../shared/ports/tracer.ts';
import { saidOnce, UsageError } from './failures.ts';
import { findTarget } from './find-target.ts';
import { complain } from './print.ts';
import type { Target } from './target.ts';

export interface StackClient {
  readonly claims: ClaimsSwitch;
  readonly jrs: JrRegistry;
  readonly jrLedger: JrLedger;
  readonly liveness: LivenessRules;
  readonly target: Target;
  readonly view: LedgerView;
  readonly dlq: DlqView;
  readonly life: LifeView;
  readonly operations: Operations;
  readonly restore: LedgerRestore;
  readonly queue: TaskQueue;
  readonly rules: LadderRules;
  readonly tracer: Tracer;
}

/**
 * Runs a command against the local stack, or the stage that was asked for.
 *
 * @throws {UsageError} when it cannot be found or reached
 */
export async function withStack<T>(work: (client: StackClient) => Promise<T>): Promise<T> {
  const target = await findTarget();
  const { ledger, tasksQueueUrl, local } = target;
  const client = composeClient({
    ledger,
    tasksQueueUrl,
    ...(local === null ? {} : { local: { sqsEndpoint: local.sqs_endpoint } }),
    openTelemetry: process.env,
    onLostSpans: reason => complain(`jr: Spans were lost: ${reason}\n`),
  });
  try {
    return await work({ ...client, target });
  } catch (error) {
    if (!isLedgerAway(error)) throw error;
    throw new UsageError(`${saidOnce(error.message)} ${local === null ? awayFromStage : awayFromStack}`);
  } finally {
    await client.tracer.flush();
    await client.view.close();
  }
}

const awayFromStage =
  'Is the ledger of this stage reachable from here? One in a private network needs a tunnel: set DATABASE_URL to its near end.';
const awayFromStack =
  'Nothing accepted is lost. To start the local stack anew: npx jr down && npx jr up (or see "npx jr doctor").';

/** Whether the ledger does not answer. */
export function isLedgerAway(error: unknown): error is JrError {
  return error instanceof JrError && error.code === 'LEDGER_UNAVAILABLE';
}
