import { inTraceOf, retryBells, secondsUntil } from '../../shared/domain/bell.ts';
import { type Arrival, afterArrival, type Level } from '../../shared/domain/ladder.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import { sortMessages } from '../../shared/domain/sort-messages.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import { type Dependencies, maxBatches } from './dependencies.ts';

/** What a batch of dead letters became, in counts of messages and of tasks. */
export interface ArrivalSummary {
  readonly received: number;
  readonly rejected: number;
  readonly retrying: number;
  readonly raised: number;
  readonly busy: number;
}

/**
 * Messages that were received too often: the ledger learns what SQS knows. Once this returns they may be deleted.
 *
 * @param level the level of the queue that they came from
 * @throws {JrError} LEDGER_UNAVAILABLE: they come again, and climb by redrive where nobody reads them
 */
export async function takeDeadLetters(
  messages: readonly QueueMessage[],
  level: Level,
  deps: Dependencies,
): Promise<ArrivalSummary> {
  const { ledger, queue, clock, log, rules, random } = deps;
  const { submissions, bells, rejections } = sortMessages(messages, deps.decode);
  const taken =
    submissions.length + rejections.length === 0
      ? { taskIds: new Map<string, number>(), rejected: [] }
      : await ledger.takeIn({ submissions, rejections, window: 0 }, clock.now());
  const taskIds = [...new Set([...bells.map(({ taskId }) => taskId), ...taken.taskIds.values()])];
  const now = clock.now();
  const decide = (arrival: Arrival) => afterArrival(arrival, rules, now, random());
  const { recorded, busy, completed } =
    taskIds.length === 0
      ? { recorded: [], busy: [], completed: [] }
      : await deps.tracer.span('ladder', () =>
          ledger.recordArrivals({ taskIds, queueLevel: level, maxRetries: rules.max_retries, now }, decide),
        );
  // Who has the workspace puts back what the raised left half-written, and clears up behind the completed.
  const atOnce = [
    ...recorded.flatMap(({ taskId, entry }) => (entry.status === 'unresolved' ? [taskId] : [])),
    ...completed,
  ];
  const rings = [
    ...atOnce.map(taskId => ({ taskId, delaySeconds: 0 })),
    ...retryBells(recorded, now),
    ...busy.map(({ taskId, leaseExpiresAt }) => ({
      taskId,
      delaySeconds: secondsUntil(leaseExpiresAt, now),
    })),
  ];
  const tasks = [...bells.map(({ messageId, taskId }) => [messageId, taskId] as const), ...taken.taskIds];
  if (rings.length > 0) await queue.ring(inTraceOf(messages, tasks, rings));
  const summary = {
    received: messages.length,
    rejected: taken.rejected.length,
    retrying: recorded.filter(({ entry }) => entry.status === 'retrying').length,
    raised: recorded.filter(({ entry }) => entry.status === 'unresolved').length,
    busy: busy.length,
  };
  log.info('dlq_retry.dead_letters', { level, ...summary });
  return summary;
}

/** Level 3 keeps what climbed there while the ledger was away; it answers by now, or it stays there. */
export const foldBack: Part<Dependencies> = async (deps, late) => {
  let folded = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const messages = await deps.deadLetters.receive();
    if (messages.length === 0) break;
    await takeDeadLetters(messages, 3, deps);
    await deps.deadLetters.remove(messages.map(({ receiptHandle }) => receiptHandle));
    folded += messages.length;
  }
  return { folded };
};
