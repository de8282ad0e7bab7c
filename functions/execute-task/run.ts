import { longWaits, retryBells, secondsUntil } from '../../shared/domain/bell.ts';
import { JrError } from '../../shared/domain/failure.ts';
import { type Arrival, afterArrival, oldestThatFires } from '../../shared/domain/ladder.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import { type DispatchDependencies, dispatch } from '../../shared/flow/dispatch.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import type { Scheduler } from '../../shared/ports/scheduler.ts';
import { type AttemptDependencies, type Decision, decide, perform, recordIntent } from './attempt.ts';
import { follow } from './followed.ts';
import { forgetJournals, putBackTorn } from './half-written.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { interrupted } from './settlements.ts';
import { type IntakeDependencies, takeIn } from './take-in.ts';

export interface Dependencies extends AttemptDependencies, DispatchDependencies, IntakeDependencies {
  readonly scheduler: Scheduler;
}

/** One invocation, as Lambda hands it over. */
export interface Invocation {
  readonly messages: readonly QueueMessage[];
  readonly requestId: string;
  readonly remainingMs: () => number;
}

/** What an invocation did, in counts of messages (received, rejected, pinged) and of tasks (the others). */
export interface Summary {
  readonly received: number;
  readonly rejected: number;
  readonly pinged: number;
  /** Bells for tasks that there are not. */
  readonly unknown: number;
  /** Taken in and left to wait in the ledger for a bell. */
  readonly held: number;
  readonly claimed: number;
  readonly completed: number;
  readonly failed: number;
  /** Of the failed: those that are tried again by themselves. */
  readonly retrying: number;
  /** Of the failed: those that wait for a person. */
  readonly raised: number;
  /** Given back before the deadline, at no cost. */
  readonly interrupted: number;
  /** Taken over by somebody else while they ran; nothing was written. */
  readonly lost: number;
  /** Not run, but freed of what an attempt had left half-written. */
  readonly put_back: number;
  /** Ended without a word, as a crash would. */
  readonly broken: number;
  /** Ids of the messages that SQS shall deliver again: their tasks' attempts ended without a word. */
  readonly returned: readonly string[];
  /** Planning and writing of each task. */
  readonly durations_ms: readonly number[];
  /** From sending to claim, of each task that was claimed for the first time. */
  readonly queue_delays_ms: readonly number[];
  /** Bells rung for others that were waiting. */
  readonly dispatched: number;
}

/** This much longer than the function that took it a lease lives, so that only the dead and the frozen lose theirs. */
const leaseBeyondDeadlineMs = 15_000;

/** A retry whose Jr had no room looks again after so long. */
const crowdedSeconds = 30;

/** With less than this left to the function no task is begun (design section 4). */
const deadlineMarginMs = 10_000;

/**
 * Takes a batch of messages in, claims what may run, plans, writes and settles it (design section 4).
 *
 * @throws {JrError} LEDGER_UNAVAILABLE: the whole batch has to come again, and what was done by then is safe
 */
export async function run(invocation: Invocation, deps: Dependencies): Promise<Summary> {
  const { ledger, clock, queue, log, rules, tracer } = deps;
  const intake = await takeIn(invocation.messages, deps);
  const claims = await tracer.span('claim', () => claim([...intake.messagesOf.keys()], invocation, deps));
  const followed = follow(invocation.messages, intake.messagesOf, clock.now(), deps);
  const { tasks, waiting, torn } = claims;
  for (const taskId of claims.unknown) log.warn('bell.unknown_task', { task_id: taskId });
  const putBack = await putBackTorn(torn, deps);
  const poison = [...claims.poison, ...torn.flatMap(task => (task.poison ? [task.lease.taskId] : []))];

  const late = () => invocation.remainingMs() < deadlineMarginMs;
  const giveBack = ({ lease }: ClaimedTask): Decision => ({
    kind: 'settle',
    settlement: interrupted(lease, 'given back before the deadline of the function; waits again'),
  });
  const decisions = new Map<ClaimedTask, Decision>();
  for (const task of tasks) {
    const plan = () => followed.during(task, 'plan', () => decide(task, deps));
    decisions.set(task, late() ? giveBack(task) : await plan());
  }
  await recordIntent(decisions, deps);
  for (const [task, decision] of decisions) {
    if (decision.kind === 'write') {
      const write = () => followed.during(task, 'write', () => perform(task, decision.plan, deps));
      decisions.set(task, late() ? giveBack(task) : await write());
    }
  }
  // A document that could not be placed may have waited for a file that this very batch wrote.
  if ([...decisions.values()].some(({ kind }) => kind === 'written')) {
    for (const [task, decision] of decisions) {
      if (decision.kind === 'settle' && decision.settlement.end.outcome === 'failed' && !late()) {
        decisions.set(task, await followed.during(task, 'write', () => perform(task, null, deps)));
      }
    }
  }

  const settlements = [...decisions.values()].flatMap(d => (d.kind === 'settle' ? [d.settlement] : []));
  const settled = [...decisions].flatMap(([task, d]) => (d.kind === 'settle' ? [task] : []));
  const held: ReadonlySet<number> =
    settlements.length === 0
      ? new Set()
      : await followed.duringAll(settled, 'complete', () => ledger.settle(settlements, clock.now()));
  const givenBack = [...decisions].flatMap(([{ lease }, decision]) =>
    decision.kind === 'settle' && decision.settlement.end.outcome === 'interrupted'
      ? [{ taskId: lease.taskId, delaySeconds: decision.ringAfterSeconds ?? 0 }]
      : [],
  );
  const retried = settlements.flatMap(({ lease, end }) =>
    end.outcome === 'failed' && held.has(lease.taskId) ? [{ taskId: lease.taskId, entry: end.entry }] : [],
  );
  const lost = [...decisions].flatMap(([{ lease }, { kind }]) =>
    kind === 'lost' || (kind === 'settle' && !held.has(lease.taskId)) ? [lease] : [],
  );
  const again = [
    // Whoever took it over rings for it, if somebody did: else this bell is the one that is left (invariant 1).
    ...lost.map(({ taskId, expiresAt }) => ({ taskId, delaySeconds: secondsUntil(expiresAt, clock.now()) })),
    ...givenBack,
    ...waiting,
  ];
  const bells = [...again, ...retryBells(retried, clock.now())];
  if (bells.length > 0) await queue.ring(followed.inTrace(bells));
  const done = [...decisions].flatMap(([task, d]) => {
    if (d.kind === 'written') return [{ task, journal: !d.cleared }];
    const ended = d.kind === 'settle' && d.settlement.end.outcome === 'completed';
    return ended && held.has(task.lease.taskId) ? [{ task, journal: task.evidence.length > 0 }] : [];
  });
  const wereRetried = done.flatMap(({ task }) => (task.entry === null ? [] : [task.lease.taskId]));
  await schedule(retried, wereRetried, deps);
  const journals = done.flatMap(({ task, journal }) => (journal ? [task.lease.taskId] : []));
  const uncleared = await forgetJournals([...claims.completed, ...journals], deps);
  if (poison.length > 0) {
    const decide = (arrival: Arrival) => afterArrival(arrival, rules, clock.now(), deps.random());
    const arrivals = {
      taskIds: poison,
      queueLevel: 0,
      maxRetries: rules.max_retries,
      now: clock.now(),
    } as const;
    await ledger.recordArrivals(arrivals, decide);
  }

  const usedUp = intake.messagesOf.size + intake.held - again.length;
  const dispatched = claims.backlog || intake.held > 0 ? await dispatchNext(usedUp, deps) : 0;

  const outcomes = [...decisions].map(([task, decision]) => outcomeOf(task, decision, held, followed));
  for (const outcome of outcomes) log.info('attempt.ended', { ...outcome });
  const of = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === kind);
  const broken = of('broken').map(({ task_id }) => task_id);
  const summary: Summary = {
    received: invocation.messages.length,
    rejected: intake.rejected,
    pinged: intake.pinged,
    unknown: claims.unknown.length,
    held: intake.held,
    claimed: tasks.length,
    completed: of('completed').length,
    failed: of('failed').length,
    retrying: retried.filter(({ entry }) => entry.status === 'retrying').length,
    raised: retried.filter(({ entry }) => entry.status === 'unresolved').length,
    interrupted: of('interrupted').length,
    lost: lost.length,
    put_back: putBack,
    broken: broken.length,
    returned: [...broken, ...uncleared].flatMap(id => intake.messagesOf.get(id) ?? []),
    durations_ms: outcomes.map(({ duration_ms }) => duration_ms),
    queue_delays_ms: outcomes.flatMap(({ queue_delay_ms }) => queue_delay_ms ?? []),
    dispatched,
  };
  log.info('execute_task.done', { ...summary });
  return summary;
}

/**
 * Where others wait, this invocation rings for as many of them as bells that it has used up (design section 5). By now
 * all it was asked to do is done: what fails here is for the minute sweep.
 */
async function dispatchNext(usedUp: number, deps: Dependencies): Promise<number> {
  try {
    const { dispatched } = await dispatch({ assign: usedUp, ring: usedUp }, deps);
    return dispatched.length;
  } catch (error) {
    if (!(error instanceof JrError)) throw error;
    deps.log.warn('dispatch.left_to_the_sweep', { error_code: error.code, message: error.message });
    return 0;
  }
}

/**
 * Waits that are longer than SQS knows get a one-time schedule; a task that was retried and is done now needs none any
 * more. What cannot be scheduled is rung by the minute sweep all the same, and a bell too many finds nothing to do.
 */
async function schedule(
  retried: Parameters<typeof longWaits>[0],
  done: readonly number[],
  { scheduler, clock, log }: Dependencies,
): Promise<void> {
  const attempts = [
    ...longWaits(retried, clock.now()).map(
      ({ taskId, at }) => [taskId, () => scheduler.ringAt(taskId, at)] as const,
    ),
    ...done.map(taskId => [taskId, () => scheduler.remove(taskId)] as const),
  ];
  for (const [taskId, attempt] of attempts) {
    try {
      await attempt();
    } catch (error) {
      log.warn('retry.not_scheduled', { task_id: taskId, message: String(error) });
    }
  }
}

/**
 * Claims what may run now. What somebody else is running is rung again for the moment its lease would have run out:
 * if that attempt is dead, and its message with it, this bell is the one that is left (invariant 1). What was deferred
 * is rung at once, a retry whose Jr has no room after a while.
 */
async function claim(
  taskIds: readonly number[],
  invocation: Invocation,
  { ledger, clock, rules }: Dependencies,
) {
  if (taskIds.length === 0) return nothingClaimed;
  const now = clock.now();
  const leaseUntil = new Date(now.getTime() + invocation.remainingMs() + leaseBeyondDeadlineMs);
  const functionRequestId = invocation.requestId;
  const { busy, deferred, crowded, ...claims } = await ledger.claimTasks({
    taskIds,
    now,
    leaseUntil,
    functionRequestId,
    oldestEntry: oldestThatFires(rules, now),
    maxCrashes: rules.max_crashes,
  });
  const waiting = [
    ...busy.map(({ taskId, leaseExpiresAt }) => ({
      taskId,
      delaySeconds: secondsUntil(leaseExpiresAt, now),
    })),
    ...deferred.map(taskId => ({ taskId, delaySeconds: 0 })),
    ...crowded.map(taskId => ({ taskId, delaySeconds: crowdedSeconds })),
  ];
  return { ...claims, waiting };
}

const nothingClaimed = {
  tasks: [],
  waiting: [],
  poison: [],
  torn: [],
  completed: [],
  unknown: [],
  backlog: false,
};
