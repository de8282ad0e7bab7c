import type { Metric } from '../../shared/ports/metrics.ts';
import type { Answer } from './dependencies.ts';

/** What docs/observability.md says of an action of the runbook; of one that drives a run, how far that has come. */
export function drainMetrics({ ok, run = null }: Answer): Metric[] {
  const counts = {
    DrainActions: 1,
    DrainActionsRefused: ok ? 0 : 1,
    ...(run === null
      ? {}
      : {
          DrainEntriesTaken: run.taken,
          DrainEntriesSucceeded: run.succeeded,
          DrainEntriesFailed: run.failed,
          DrainEntriesSkipped: run.skipped,
          DrainRunsStopped: run.status === 'stopped' ? 1 : 0,
        }),
  };
  return Object.entries(counts).map(([name, value]) => ({ name, value, unit: 'Count' }));
}
