/** A metric at one time. */
export interface Metric {
  readonly name: string;
  /** Up to a hundred values where there were several. */
  readonly value: number | readonly number[];
  readonly unit: 'Count' | 'Percent' | 'Milliseconds' | 'Seconds' | 'None';
}

/** Metrics for dashboards and alarms: CloudWatch. Publishing costs no call and cannot fail what is measured. */
export interface Metrics {
  publish(metrics: readonly Metric[], at: Date): void;
}
