import type { LadderRules } from '../../shared/domain/ladder.ts';
import type { Decoded } from '../../shared/domain/message.ts';
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

export interface Dependencies {
  readonly ledger: Ledger;
  readonly ladderLedger: LadderLedger;
  readonly alertLedger: AlertLedger;
  readonly drains: Pick<DrainLedger, 'abandonedRuns' | 'unlookedRuns'>;
  readonly queue: TaskQueue;
  readonly deadLetters: DeadLetters;
  readonly notifier: Notifier;
  readonly wakeUps: WakeUps;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly rules: LadderRules;
  readonly drainRules: {
    /** A run that nobody has driven for so long was killed, or its wake-up was lost. */
    readonly abandoned_after_seconds: number;
  };
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly decode: (body: string) => Decoded;
}

/** Entries that one sweep takes at a time, and how many times at most: the rest is for the next minute. */
export const batch = 100;
export const maxBatches = 10;
