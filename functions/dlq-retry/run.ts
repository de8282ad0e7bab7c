import { inTraceOf, retryBells, secondsUntil } from '../../shared/domain/bell.ts';
import {
  type Arrival,
  afterArrival,
  type LadderRules,
  type Level,
  oldestThatFires,
  tpmDeadline,
} from '../../shared/domain/ladder.ts';
import type { Decoded, QueueMessage } from '../../shared/domain/message.ts';
import { sortMessages } from '../../shared/domain/sort-messages.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { DeadLetters } from '../../shared/ports/dead-letters.ts';
import type { DrainLedger } from '../../shared/ports/drain-ledger.ts';
import type { LadderLedger } from '../../shared/ports/ladder-ledger.ts';
import type { Ledger } from '../../shared/ports/ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Notifier } from '../../shared/ports/notifier.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';
import { announceAll } from './announce.ts';
import { continueDrains } from './continue-drains.ts';
import { removeAnswered } from './deadlines.ts';

export interface Dependencies {
  readonly ledger: Ledger;
  readonly ladderLedger: LadderLedger;
  readonly alertLedger: AlertLedger;
  readonly drains: Pick<DrainLedger, 'abandonedRuns'>;
  readonly queue: TaskQueue;
  readonly deadLetters: DeadLetters;
  readonly notifier: Notifier;
  readonly wakeUps: WakeUps;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly rules: LadderRules;
  readonly drainRules: { readonly abandoned_after_seconds: number };
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly decode: (body: string) => Decoded;
}

/** What a batch of dead letters became, in counts of messages and of tasks. */
export interface ArrivalSummary {
  readonly received: number;
  readonly rejected: number;
  readonly retrying: number;
  readonly raised: number;
  readonly busy: number;
}

/** What one sweep did. */
export interface SweepSummary {
  readonly folded: number;
  readonly rung: number;
  /** Rung so that what they left half-written is put back. */
  readonly half_written: number;
  /** Drains that nobody drove any more. */
  readonly drains_continued: number;
  readonly too_old: number;
  readonly unanswered: number;
  readonly notified: number;
  /** Alerts that people were told have begun or are over. */
  readonly alerted: number;
  readonly unpublished: number;
}

/** Entries that one sweep takes at a time, and how many times at most: the rest is for the next minute. */
const batch = 100;
const maxBatches = 10;

/** A retry rings itself by an SQS delay; one that is still not begun this long after its time has lost its bell. */
const lostBellMs = 60_000;

/** What was rung by a sweep and not begun is rung again after this long. */
const ringAgainMs = 300_000;

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

/** The minute sweep of the ladder: every part finds for itself what is to be done, so that any of them may be lost. */
export async function sweep(remainingMs: () => number, deps: Dependencies): Promise<SweepSummary> {
  const late = () => remainingMs() < 10_000;
  const { tracer } = deps;
  const folded = await tracer.span('fold back', () => foldBack(late, deps));
  const overdue = await tracer.span('raise overdue', () => raiseOverdue(late, deps));
  const rung = await tracer.span('ring due', () => ringDue(late, deps));
  const halfWritten = await ringHalfWritten(deps);
  const drainsContinued = await continueDrains(deps);
  const announced = await tracer.span('announce', () => announceAll(late, deps));
  await removeAnswered(deps, batch);
  const summary = {
    folded,
    rung,
    half_written: halfWritten,
    drains_continued: drainsContinued,
    too_old: overdue.tooOld,
    unanswered: overdue.unanswered,
    ...announced,
  };
  deps.log.info('dlq_retry.sweep', summary);
  return summary;
}

/** Level 3 keeps what climbed there while the ledger was away; it answers by now, or we would not have come here. */
async function foldBack(late: () => boolean, deps: Dependencies): Promise<number> {
  let folded = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const messages = await deps.deadLetters.receive();
    if (messages.length === 0) break;
    await takeDeadLetters(messages, 3, deps);
    await deps.deadLetters.remove(messages.map(({ receiptHandle }) => receiptHandle));
    folded += messages.length;
  }
  return folded;
}

async function raiseOverdue(late: () => boolean, { ladderLedger, clock, rules }: Dependencies) {
  let tooOld = 0;
  let unanswered = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const now = clock.now();
    const raised = await ladderLedger.raiseOverdue({
      now,
      oldestEntry: oldestThatFires(rules, now),
      tpmDeadline: tpmDeadline(rules, now),
      limit: batch,
    });
    tooOld += raised.tooOld;
    unanswered += raised.unanswered;
    if (raised.tooOld + raised.unanswered < batch) break;
  }
  return { tooOld, unanswered };
}

async function ringDue(
  late: () => boolean,
  { ladderLedger, queue, clock, rules }: Dependencies,
): Promise<number> {
  let rung = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const now = clock.now();
    const taskIds = await ladderLedger.takeDueRetries({
      now,
      dueBefore: new Date(now.getTime() - lostBellMs),
      rungBefore: new Date(now.getTime() - ringAgainMs),
      oldestEntry: oldestThatFires(rules, now),
      limit: batch,
    });
    if (taskIds.length > 0) await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
    rung += taskIds.length;
    if (taskIds.length < batch) break;
  }
  return rung;
}

/** Tasks that were cancelled or given to a person while an attempt lay dead between two writes (invariant 4). */
async function ringHalfWritten({ ladderLedger, queue, clock }: Dependencies): Promise<number> {
  const taskIds = await ladderLedger.takeHalfWritten(clock.now(), batch);
  if (taskIds.length > 0) await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
  return taskIds.length;
}
