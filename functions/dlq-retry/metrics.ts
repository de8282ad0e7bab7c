import type { Metric } from '../../shared/ports/metrics.ts';
import type { SweepSummary } from './run.ts';
import type { ArrivalSummary } from './take-dead-letters.ts';

/** What docs/observability.md says of a batch of dead letters. */
export function arrivalMetrics({ received, rejected, retrying, raised, busy }: ArrivalSummary): Metric[] {
  return counts({
    DeadLettersReceived: received,
    DeadLettersRejected: rejected,
    DeadLettersRetried: retrying,
    DeadLettersRaised: raised,
    DeadLettersBusy: busy,
  });
}

/** What docs/observability.md says of a sweep of the ladder. */
export function sweepMetrics(summary: SweepSummary): Metric[] {
  return counts({
    LadderSweeps: 1,
    LadderSweepPartsFailed: summary.failed.length,
    LadderSweepPartsSkipped: summary.skipped.length,
    DeadLettersFolded: summary.folded,
    RetriesRung: summary.rung,
    HalfWrittenRung: summary.half_written,
    EntriesTooOld: summary.too_old,
    EntriesUnanswered: summary.unanswered,
    NoticesPublished: summary.notified,
    AlertsPublished: summary.alerted,
    AnnouncementsUnpublished: summary.unpublished,
  });
}

function counts(values: Readonly<Record<string, number>>): Metric[] {
  return Object.entries(values).map(([name, value]) => ({ name, value, unit: 'Count' }));
}
