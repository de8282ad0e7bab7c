import { type Bell, longWaits, retryBells, secondsUntil } from '../../shared/domain/bell.ts';
import { JrError } from '../../shared/domain/failure.ts';
import { refill } from '../../shared/flow/dispatch.ts';
import type { Dependencies } from './dependencies.ts';
import type { Ends } from './end-attempts.ts';
import type { Followed } from './followed.ts';

/** Rings for what has to be looked at again. */
export async function ringAgain(
  { lost, givenBack, failed }: Ends,
  waiting: readonly Bell[],
  followed: Followed,
  { queue, clock }: Dependencies,
): Promise<void> {
  const bells = [
    // Whoever took it over rings for it, if somebody did: else this bell is the one that is left (invariant 1).
    ...lost.map(({ taskId, expiresAt }) => ({ taskId, delaySeconds: secondsUntil(expiresAt, clock.now()) })),
    ...givenBack,
    ...waiting,
    ...retryBells(failed, clock.now()),
  ];
  if (bells.length > 0) await queue.ring(followed.inTrace(bells));
}

/**
 * Waits that are longer than SQS knows get a one-time schedule; a task that was retried and is done now needs none any
 * more. What cannot be scheduled is rung by the minute sweep all the same, and a bell too many finds nothing to do.
 */
export async function setSchedules(
  { failed, completed }: Ends,
  { scheduler, clock, log }: Dependencies,
): Promise<void> {
  const attempts = [
    ...longWaits(failed, clock.now()).map(
      ({ taskId, at }) => [taskId, () => scheduler.ringAt(taskId, at)] as const,
    ),
    ...completed.flatMap(({ lease: { taskId }, retried }) =>
      retried ? [[taskId, () => scheduler.remove(taskId)] as const] : [],
    ),
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
 * Rings for others that wait. By now all that this invocation was asked to do is done: what fails here is for the minute
 * sweep. `held` says that it has just taken in tasks that wait.
 */
export async function ringNext(held: boolean, deps: Dependencies): Promise<number> {
  try {
    return (await refill(held, deps)).length;
  } catch (error) {
    if (!(error instanceof JrError)) throw error;
    deps.log.warn('dispatch.left_to_the_sweep', { error_code: error.code, message: error.message });
    return 0;
  }
}
