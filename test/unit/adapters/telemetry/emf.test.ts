import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emfMetrics } from '../../../../shared/adapters/telemetry/emf.ts';

test('metrics are one line that CloudWatch Logs understands: each is declared, and a member of the line', () => {
  const lines: string[] = [];
  const metrics = emfMetrics('jr-test', line => lines.push(line));
  metrics.publish(
    [
      { name: 'SuccessRate', value: 99.5, unit: 'Percent' },
      { name: 'OpenEntries', value: 0, unit: 'Count' },
    ],
    new Date(1_700_000_000_000),
  );
  assert.deepEqual(
    lines.map(line => JSON.parse(line)),
    [
      {
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'jr-test',
              Dimensions: [[]],
              Metrics: [
                { Name: 'SuccessRate', Unit: 'Percent' },
                { Name: 'OpenEntries', Unit: 'Count' },
              ],
            },
          ],
        },
        SuccessRate: 99.5,
        OpenEntries: 0,
      },
    ],
  );
});
