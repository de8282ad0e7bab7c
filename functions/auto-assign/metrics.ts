import type { Metric } from '../../shared/ports/metrics.ts';
import type { Summary } from './run.ts';

/** What docs/observability.md says of a sweep of the backlog. */
export function sweepMetrics(summary: Summary): Metric[] {
  const counts = {
    BacklogSweeps: 1,
    BacklogSweepPartsFailed: summary.failed.length,
    BacklogSweepPartsSkipped: summary.skipped.length,
    TasksAssigned: summary.assigned,
    TasksUnassigned: summary.unassigned,
    JrsOnline: summary.jrs_online,
    BellsRung: summary.rung,
    BellsLost: summary.lost_bells,
  };
  return Object.entries(counts).map(([name, value]) => ({ name, value, unit: 'Count' }));
}
