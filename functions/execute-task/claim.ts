import { type Bell, secondsUntil } from '../../shared/domain/bell.ts';
import { oldestThatFires } from '../../shared/domain/ladder.ts';
import type { Claims } from '../../shared/ports/ledger.ts';
import type { Dependencies, Invocation } from './dependencies.ts';

/** What was claimed, and the bells of what has to be looked at again. */
export interface Claimed extends Omit<Claims, 'busy' | 'deferred' | 'crowded'> {
  readonly waiting: readonly Bell[];
}

/** This much longer than the function that took it a lease lives, so that only the dead and the frozen lose theirs. */
const leaseBeyondDeadlineMs = 15_000;

/** A retry whose Jr had no room looks again after so long. */
const crowdedSeconds = 30;

/**
 * Claims what may run now. What somebody else is running is rung again for the moment its lease would have run out:
 * if that attempt is dead, and its message with it, this bell is the one that is left (invariant 1). What was deferred
 * is rung at once, a retry whose Jr has no room after a while.
 */
export async function claim(
  taskIds: readonly number[],
  { requestId, remainingMs }: Pick<Invocation, 'requestId' | 'remainingMs'>,
  { ledger, clock, rules, log }: Dependencies,
): Promise<Claimed> {
  if (taskIds.length === 0) return nothingClaimed;
  const now = clock.now();
  const { busy, deferred, crowded, ...claims } = await ledger.claimTasks({
    taskIds,
    now,
    leaseUntil: new Date(now.getTime() + remainingMs() + leaseBeyondDeadlineMs),
    functionRequestId: requestId,
    oldestEntry: oldestThatFires(rules, now),
    maxCrashes: rules.max_crashes,
  });
  for (const taskId of claims.unknown) log.warn('bell.unknown_task', { task_id: taskId });
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

const nothingClaimed: Claimed = {
  tasks: [],
  waiting: [],
  poison: [],
  torn: [],
  completed: [],
  unknown: [],
  backlog: false,
};
