import { assignTasks } from '../domain/assignment.ts';
import type { Clock } from '../ports/clock.ts';
import type { DispatchLedger, Service } from '../ports/dispatch-ledger.ts';
import type { TaskQueue } from '../ports/queue.ts';

/** The numbers of assignment and dispatch, of infra/sweeps.json. */
export interface DispatchRules {
  /** Bells that may be out at a time. */
  readonly window: number;
  /** A Jr that was not seen for longer is given nothing. */
  readonly seen_within_minutes: number;
  /** Tasks that one sweep assigns at most. */
  readonly batch: number;
  /** With tasks waiting and no Jr online for this long, people are told. */
  readonly nobody_online_alert_minutes: number;
}

export interface DispatchDependencies {
  readonly dispatchLedger: DispatchLedger;
  readonly queue: TaskQueue;
  readonly clock: Clock;
  readonly dispatching: DispatchRules;
}

/** Since when a Jr has to have been seen to be given tasks. */
export function seenSince({ seen_within_minutes }: DispatchRules, now: Date): Date {
  return new Date(now.getTime() - seen_within_minutes * 60_000);
}

/**
 * Gives Jrs to tasks that have none and rings for those that are next in order of service. Bells that are marked and
 * then not rung, because the queue is away or the process dies, are found by the minute sweep: the queue is short.
 *
 * @throws {JrError} LEDGER_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function dispatch(
  look: { readonly assignAtMost: number; readonly lookForUnassigned: boolean },
  { dispatchLedger, queue, clock, dispatching }: DispatchDependencies,
): Promise<Service> {
  const now = clock.now();
  const service = await dispatchLedger.serve(
    {
      now,
      seenSince: seenSince(dispatching, now),
      ...look,
      window: dispatching.window,
    },
    assignTasks,
  );
  if (service.dispatched.length > 0)
    await queue.ring(service.dispatched.map(taskId => ({ taskId, delaySeconds: 0 })));
  return service;
}

/**
 * What a batch does that has ended where others wait: once the window of bells is half empty it is filled again (design
 * section 5). Who picks tasks waits for everybody else who does, and for ten it takes hardly less than for a hundred.
 * `held` says that tasks were just taken in that wait: these are looked for at once. Answers the tasks that were rung for.
 *
 * @throws {JrError} LEDGER_UNAVAILABLE, QUEUE_UNAVAILABLE
 */
export async function refill(held: boolean, deps: DispatchDependencies): Promise<readonly number[]> {
  const { dispatchLedger, clock, dispatching } = deps;
  const { window } = dispatching;
  if (!held && !(await dispatchLedger.fewBellsOut(Math.floor(window / 2), clock.now()))) return [];
  return (await dispatch({ assignAtMost: window, lookForUnassigned: held }, deps)).dispatched;
}
