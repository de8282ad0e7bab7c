import type { Metrics } from '../../ports/metrics.ts';

/**
 * Metrics in CloudWatch's embedded metric format: a JSON line on standard output, which CloudWatch Logs turns into
 * metrics. No dimensions: a stage has a namespace of its own.
 */
export function emfMetrics(
  namespace: string,
  write: (line: string) => void = line => process.stdout.write(`${line}\n`),
): Metrics {
  return {
    publish(metrics, at) {
      const Metrics = metrics.map(({ name, unit }) => ({ Name: name, Unit: unit }));
      const values = Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
      write(
        JSON.stringify({
          _aws: {
            Timestamp: at.getTime(),
            CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [[]], Metrics }],
          },
          ...values,
        }),
      );
    },
  };
}
