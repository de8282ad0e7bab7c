import type { LadderRules } from '../../shared/domain/ladder.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import type { DispatchDependencies } from '../../shared/flow/dispatch.ts';
import type { Planning } from '../../shared/flow/plan-task.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ledger } from '../../shared/ports/ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Scheduler } from '../../shared/ports/scheduler.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import type { IntakeDependencies } from './take-in.ts';
import type { Patience } from './until-it-answers.ts';

/** What one attempt at one task needs. */
export interface AttemptDependencies extends Planning {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly rules: LadderRules;
  /** From 0 to below 1. */
  readonly random: () => number;
}

export interface Dependencies
  extends AttemptDependencies,
    DispatchDependencies,
    IntakeDependencies,
    Patience {
  readonly scheduler: Scheduler;
}

/** One invocation, as Lambda hands it over. */
export interface Invocation {
  readonly messages: readonly QueueMessage[];
  readonly requestId: string;
  readonly remainingMs: () => number;
}
