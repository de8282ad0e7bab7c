import { JrError } from '../../shared/domain/failure.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Migrator } from '../../shared/ports/migrator.ts';

export interface Dependencies {
  readonly migrator: Migrator;
  readonly log: Log;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
}

/** The names of the migrations that were applied now, and how many were there before. */
export interface Summary {
  readonly applied: readonly string[];
  readonly present: number;
}

/** A database that sleeps takes some fifteen seconds to wake up; one that is just being made is not there at once. */
const pauseMs = 5_000;
/** With less than this left to the function no further try is begun. */
const marginMs = 60_000;

/** Applies what the ledger lacks. A ledger that is not there yet is waited for. */
export async function run(remainingMs: () => number, deps: Dependencies): Promise<Summary> {
  const { migrator, log, pause } = deps;
  for (;;) {
    try {
      const { applied, present } = await migrator.migrate();
      const summary = { applied, present: present.length };
      log.info('migrate.done', summary);
      return summary;
    } catch (error) {
      const away = error instanceof JrError && error.code === 'LEDGER_UNAVAILABLE';
      if (!away || remainingMs() < marginMs) throw error;
      log.warn('migrate.waiting', { message: error.message });
      await pause(pauseMs);
    }
  }
}
