import { JrError } from '../../shared/domain/failure.ts';
import { pauseBeforeAsking } from '../../shared/domain/patience.ts';
import type { Log } from '../../shared/ports/log.ts';

export interface Patience {
  readonly log: Log;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<unknown>;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/**
 * Asks the ledger, and again while it is away and the function has time: what it shall hear would be lost otherwise, or come
 * again minutes later.
 *
 * @throws {JrError} LEDGER_UNAVAILABLE when it did not come back in time
 */
export async function untilItAnswers<T>(
  ask: () => Promise<T>,
  remainingMs: () => number,
  { log, pause, random }: Patience,
): Promise<T> {
  for (let asked = 1; ; asked += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof JrError) || error.code !== 'LEDGER_UNAVAILABLE') throw error;
      const pauseMs = pauseBeforeAsking(asked, remainingMs(), random());
      if (pauseMs === null) throw error;
      log.warn('ledger.away', { asked, pause_ms: pauseMs, message: error.message });
      await pause(pauseMs);
    }
  }
}
