import { continuationOf, recheckOf } from '../../shared/domain/drain-wake-up.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Wakes drain for runs that are under way and that nobody drives, and for those that nobody has looked at again although
 * it is time: what a wake-up that was lost would have done.
 */
export const continueDrains: Part<
  Pick<Dependencies, 'drains' | 'wakeUps' | 'clock' | 'log' | 'drainRules'>
> = async ({ drains, wakeUps, clock, log, drainRules }) => {
  const now = clock.now();
  const before = new Date(now.getTime() - drainRules.abandoned_after_seconds * 1000);
  const lost = [
    ...(await drains.abandonedRuns(before)).map(runId => continuationOf(runId, now)),
    ...(await drains.unlookedRuns(before)).map(runId => recheckOf(runId, now)),
  ];
  let woken = 0;
  for (const wakeUp of lost) {
    try {
      await wakeUps.set(wakeUp);
      woken += 1;
    } catch (error) {
      // The next minute tries again; what else the sweep does is not held up.
      log.warn('drain.not_woken', { name: wakeUp.name, message: String(error) });
    }
  }
  return { drains_continued: woken };
};
