import type { Metric } from '../../shared/ports/metrics.ts';
import type { Summary } from './summary.ts';

/** What docs/observability.md says of a batch of messages. */
export function batchMetrics(summary: Summary): Metric[] {
  const counts = {
    MessagesReceived: summary.received,
    SubmissionsRejected: summary.rejected,
    PingsReceived: summary.pinged,
    TasksClaimed: summary.claimed,
    TasksCompleted: summary.completed,
    TasksFailed: summary.failed,
    TasksRetried: summary.retrying,
    TasksRaised: summary.raised,
    TasksInterrupted: summary.interrupted,
    LeasesLost: summary.lost,
    AttemptsBroken: summary.broken,
    TasksPutBack: summary.put_back,
  };
  return [
    ...Object.entries(counts).map(([name, value]) => ({ name, value, unit: 'Count' }) as const),
    ...timings('TaskDuration', summary.durations_ms),
    ...timings('QueueDelay', summary.queue_delays_ms),
  ];
}

function timings(name: string, value: readonly number[]): Metric[] {
  return value.length === 0 ? [] : [{ name, value, unit: 'Milliseconds' }];
}
