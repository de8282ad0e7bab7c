/** One value of a metric at one time. */
export interface Metric {
  readonly name: string;
  readonly value: number;
  readonly unit: 'Count' | 'Percent' | 'Milliseconds' | 'Seconds' | 'None';
}

/** Metrics for dashboards and alarms: CloudWatch. Publishing costs no call and cannot fail what is measured. */
export interface Metrics {
  publish(metrics: readonly Metric[], at: Date): void;
}
