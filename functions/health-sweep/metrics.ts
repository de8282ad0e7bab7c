import type { Metric } from '../../shared/ports/metrics.ts';
import type { SweepSummary } from './run.ts';

/** What docs/observability.md says of a health sweep, besides the service levels that it measures. */
export function sweepMetrics({ failed, skipped }: SweepSummary): Metric[] {
  return [
    { name: 'HealthSweeps', value: 1, unit: 'Count' },
    { name: 'HealthSweepPartsFailed', value: failed.length, unit: 'Count' },
    { name: 'HealthSweepPartsSkipped', value: skipped.length, unit: 'Count' },
  ];
}
