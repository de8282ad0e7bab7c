import type { Clock } from '../../shared/ports/clock.ts';
import type { DrainLedger } from '../../shared/ports/drain-ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';

interface Dependencies {
  readonly drains: Pick<DrainLedger, 'abandonedRuns'>;
  readonly wakeUps: WakeUps;
  readonly clock: Clock;
  readonly log: Log;
  readonly drainRules: {
    /** A run that nobody has driven for so long was killed, or its wake-up was lost. */
    readonly abandoned_after_seconds: number;
  };
}

/** Wakes drain for runs that are under way and that nobody drives. Answers how many. */
export async function continueDrains({
  drains,
  wakeUps,
  clock,
  log,
  drainRules,
}: Dependencies): Promise<number> {
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
  return woken;
}
