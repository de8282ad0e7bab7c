import type { Part } from '../../shared/flow/run-parts.ts';
import type { Dependencies } from './dependencies.ts';

/** Wakes drain for runs that are under way and that nobody drives. */
export const continueDrains: Part<
  Pick<Dependencies, 'drains' | 'wakeUps' | 'clock' | 'log' | 'drainRules'>
> = async ({ drains, wakeUps, clock, log, drainRules }) => {
  const now = clock.now();
  const before = new Date(now.getTime() - drainRules.abandoned_after_seconds * 1000);
  const runIds = await drains.abandonedRuns(before);
  let woken = 0;
  for (const runId of runIds) {
    try {
      const payload = { action: 'continue', run_id: runId };
      await wakeUps.set({ name: `jr-drain-${runId}`, functionName: 'drain', payload, at: now });
      woken += 1;
    } catch (error) {
      // The next minute tries again; what else the sweep does is not held up.
      log.warn('drain.not_woken', { run_id: runId, message: String(error) });
    }
  }
  return { drains_continued: woken };
};
