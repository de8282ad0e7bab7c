import type { LivenessRules } from '../../shared/domain/liveness.ts';
import type { ServiceLevelRules } from '../../shared/domain/service-levels.ts';
import type { Part as PartOf } from '../../shared/flow/run-parts.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { HealthLedger } from '../../shared/ports/health-ledger.ts';
import type { JrLedger } from '../../shared/ports/jr-ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Metrics } from '../../shared/ports/metrics.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';
import type { ServiceLedger } from '../../shared/ports/service-ledger.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';

/** The numbers of `infra/sweeps.json` by which what has ended is forgotten. */
export interface RetentionRules {
  readonly keep_days: number;
}

export interface Dependencies {
  readonly jrLedger: JrLedger;
  readonly healthLedger: HealthLedger;
  readonly alertLedger: AlertLedger;
  readonly serviceLedger: ServiceLedger;
  readonly queue: TaskQueue;
  readonly wakeUps: WakeUps;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly liveness: LivenessRules;
  readonly retention: RetentionRules;
  readonly serviceLevels: ServiceLevelRules;
}

/** A part of the health sweep. */
export type Part = PartOf<Dependencies>;
