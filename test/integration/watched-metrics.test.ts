// Alarms and the dashboard look at metrics that the functions really write, under that very name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sweepMetrics as assignMetrics } from '../../functions/auto-assign/metrics.ts';
import { sweep as assign } from '../../functions/auto-assign/run.ts';
import { sweepMetrics as climbMetrics } from '../../functions/dlq-retry/metrics.ts';
import { sweep as climb } from '../../functions/dlq-retry/run.ts';
import { batchMetrics } from '../../functions/execute-task/metrics.ts';
import { run } from '../../functions/execute-task/run.ts';
import { sweepMetrics as healthMetrics } from '../../functions/health-sweep/metrics.ts';
import { sweep } from '../../functions/health-sweep/run.ts';
import type { Value } from '../../infra/cloud/cloudformation.ts';
import { template } from '../../infra/cloud/template.ts';
import { emfMetrics } from '../../shared/adapters/telemetry/emf.ts';
import { createTelemetry } from '../../shared/adapters/telemetry/telemetry.ts';
import { createExecution, dispatchOf, healthOf, ladderOf } from '../support/execution.ts';
import { createDocument, editDocument, message, submission } from '../support/messages.ts';
import { dashboardMetrics } from '../support/stage/alarm-rules.ts';
import { ofType, properties } from '../support/stage/made.ts';
import { settingsOf, ways } from '../support/stage/ways.ts';

/** What CloudWatch makes of a line: its embedded metric format. */
interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

/** What a metric is known by. */
const nameOf = (namespace: unknown, name: unknown, dimensions: readonly unknown[]) =>
  JSON.stringify([namespace, name, dimensions]);

test('every metric of our own that is watched is written by a function, in that namespace and with those dimensions', async t => {
  const execution = await createExecution();
  t.after(() => execution.close());
  const settings = settingsOf('dev', ways.managed);
  const made = template(settings);
  const lines: Line[] = [];
  // The namespace by the way that the functions have it: the environment of the template.
  const metrics = emfMetrics(String(made.environment['METRICS_NAMESPACE']), line =>
    lines.push(JSON.parse(line)),
  );

  const { observeBatch } = createTelemetry('execute-task', {}, metrics);
  const messages = [
    submission(createDocument('made.txt', 'made')),
    message({ type: 'jr.ping', jr_name: 'Vision Jr.', sent_at: execution.now.toISOString() }),
  ];
  const records = messages.map(({ messageId, body }) => ({
    messageId,
    body,
    receiptHandle: '',
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(execution.now.getTime()),
      SenderId: '',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
    awsRegion: 'us-east-1',
  }));
  const invocation = { requestId: 'r', remainingMs: () => 60_000 };
  await observeBatch(
    { awsRequestId: 'r' },
    records,
    received => run({ ...invocation, messages: received }, execution.deps),
    batchMetrics,
  );
  // One of a thousand tasks has an open entry.
  await execution.database.pool.query(
    `insert into jr_work_queue (title, status, completed_at) select 't', 'completed', $1 from generate_series(1, 998)`,
    [execution.now],
  );
  await execution.invoke([submission(editDocument('not-there.txt', 'a', 'b'))]);
  execution.now = new Date(execution.now.getTime() + 60_000);
  const checked = await sweep(() => 60_000, { ...healthOf(execution), metrics });
  assert.deepEqual(checked.failed, []);
  const assigned = await assign(() => 60_000, dispatchOf(execution));
  const climbed = await climb(() => 60_000, ladderOf(execution).deps);
  const ofSweeps = [...healthMetrics(checked), ...assignMetrics(assigned), ...climbMetrics(climbed)];
  metrics.publish(ofSweeps, execution.now);

  const written = new Map<string, unknown>();
  for (const line of lines)
    for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics)
      for (const { Name } of Metrics)
        for (const dimensions of Dimensions) written.set(nameOf(Namespace, Name, dimensions), line[Name]);

  const { Resources } = made.resources;
  const stage = { settings, resources: Resources };
  const own = (namespace: Value | undefined) => !String(namespace).startsWith('AWS/');
  const alarms = ofType(stage, 'AWS::CloudWatch::Alarm').flatMap(([, { Properties = {} }]) => {
    const { Namespace, MetricName, Dimensions = [] } = Properties;
    return own(Namespace) ? [nameOf(Namespace, MetricName, Dimensions as unknown[])] : []; // a list, as made
  });
  const { DashboardBody } = properties(stage, 'Dashboard', 'AWS::CloudWatch::Dashboard');
  const shown = dashboardMetrics(DashboardBody).flatMap(([namespace, name, ...dimensions]) =>
    own(namespace) ? [nameOf(namespace, name, dimensions)] : [],
  );
  assert.equal(alarms.length, 8, 'refused submissions, no ping, skipped parts, and three service levels');
  assert.ok(shown.length >= 10, `${shown.length} on the dashboard`);
  for (const metric of [...alarms, ...shown])
    assert.notEqual(written.get(metric), undefined, `nobody writes ${metric}`);

  // In the unit that the alarms are set in: 0.1 is a tenth of a percent.
  assert.equal(written.get(nameOf(settings.prefix, 'OpenEntryRatio', [])), 0.1);
  assert.equal(written.get(nameOf(settings.prefix, 'PingsReceived', [])), 1);
});
