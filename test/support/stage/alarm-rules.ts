import assert from 'node:assert/strict';
import { attribute, ref, type Value } from '../../../infra/cloud/cloudformation.ts';
import { functionId } from '../../../infra/cloud/names.ts';
import { queueId } from '../../../infra/cloud/queues.ts';
import { type Made, ofType, properties, type Rules } from './made.ts';

const minute = 60;

/** What people have to be told of, each as CloudWatch has to be told: the list of what an operator relies on. */
function wanted({ settings }: Made): Record<string, Readonly<Record<string, Value>>> {
  const { ladder, functions, prefix, sweeps } = settings;
  const five = { Period: 5 * minute, EvaluationPeriods: 1, TreatMissingData: 'notBreaching' };
  const above = (Threshold: number, Statistic: string) => ({
    ...five,
    Threshold,
    Statistic,
    ComparisonOperator: 'GreaterThanThreshold',
  });
  const ofQueue = (queue: string, MetricName: string) => ({
    Namespace: 'AWS/SQS',
    MetricName,
    Dimensions: [{ Name: 'QueueName', Value: attribute(queueId(queue), 'QueueName') }],
  });
  const ofFunction = (name: string, MetricName: string) => ({
    Namespace: 'AWS/Lambda',
    MetricName,
    Dimensions: [{ Name: 'FunctionName', Value: ref(functionId(name, 'LambdaFunction')) }],
  });
  const open = (percent: number, minutes: number, topic = 'OperationsTopic') => ({
    ...above(percent, 'Maximum'),
    Namespace: prefix,
    MetricName: 'OpenEntryRatio',
    EvaluationPeriods: minutes / 5,
    TreatMissingData: 'ignore',
    AlarmActions: [ref(topic)],
    OKActions: [ref(topic)],
  });
  const age = 'ApproximateAgeOfOldestMessage';
  const depth = 'ApproximateNumberOfMessagesVisible';
  return {
    ...Object.fromEntries(
      ladder.levels.map(({ queue }) => [
        `${prefix}-${queue}-age`,
        { ...above(15 * minute, 'Maximum'), ...ofQueue(queue, age), EvaluationPeriods: 3 },
      ]),
    ),
    ...Object.fromEntries(
      [...ladder.levels.slice(2).map(({ queue }) => queue), 'schedule-dead-letters'].map(queue => [
        `${prefix}-${queue}-depth`,
        { ...above(0, 'Maximum'), ...ofQueue(queue, depth) },
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(functions).flatMap(([name, { timeout_seconds }]) => [
        [`${prefix}-${name}-errors`, { ...above(0, 'Sum'), ...ofFunction(name, 'Errors') }],
        [`${prefix}-${name}-throttles`, { ...above(0, 'Sum'), ...ofFunction(name, 'Throttles') }],
        [
          `${prefix}-${name}-duration`,
          { ...above((timeout_seconds - 5) * 1_000, 'Maximum'), ...ofFunction(name, 'Duration') },
        ],
      ]),
    ),
    [`${prefix}-open-entries-above-0_05-percent`]: open(0.05, 5),
    [`${prefix}-open-entries-above-0_1-percent`]: open(0.1, 5),
    [`${prefix}-open-entries-above-1-percent`]: open(1, 30, 'EngineeringLeadTopic'),
    [`${prefix}-submissions-rejected`]: {
      ...above(0, 'Sum'),
      Namespace: prefix,
      MetricName: 'SubmissionsRejected',
    },
    // Where the sweeps are off nobody pings.
    ...(sweeps
      ? {
          [`${prefix}-no-ping`]: {
            Namespace: prefix,
            MetricName: 'PingsReceived',
            Statistic: 'Sum',
            ComparisonOperator: 'LessThanThreshold',
            Threshold: 1,
            Period: 10 * minute,
            EvaluationPeriods: 1,
            TreatMissingData: 'breaching',
          },
          ...Object.fromEntries(
            Object.entries({
              'dlq-retry': 'LadderSweepPartsSkipped',
              'auto-assign': 'BacklogSweepPartsSkipped',
              'health-sweep': 'HealthSweepPartsSkipped',
            }).map(([name, MetricName]) => [
              `${prefix}-${name}-parts-skipped`,
              { ...above(2, 'Sum'), Period: 15 * minute, Namespace: prefix, MetricName },
            ]),
          ),
        }
      : {}),
  };
}

export const alarmRules: Rules = {
  'people are told of everything that they rely on being told of, and of nothing else': made => {
    const operations = { AlarmActions: [ref('OperationsTopic')], OKActions: [ref('OperationsTopic')] };
    const alarms = ofType(made, 'AWS::CloudWatch::Alarm').map(([, { Properties = {} }]) => {
      const { AlarmName, AlarmDescription, ...condition } = Properties;
      assert.match(String(AlarmDescription), /^[A-Z\w-].{20,}[.:]/, `${AlarmName} says what it means`);
      return [String(AlarmName), condition];
    });
    const expected = Object.entries(wanted(made)).map(([name, condition]) => [
      name,
      { ...operations, ...condition },
    ]);
    assert.deepEqual(Object.fromEntries(alarms), Object.fromEntries(expected));
  },

  'there is a topic for the TPM, the Council, operations and the engineering lead': made => {
    const { prefix } = made.settings;
    const names = {
      Tpm: 'tpm',
      Council: 'council',
      Operations: 'operations',
      EngineeringLead: 'engineering-lead',
    };
    for (const [id, name] of Object.entries(names))
      assert.deepEqual(properties(made, `${id}Topic`, 'AWS::SNS::Topic'), { TopicName: `${prefix}-${name}` });
  },

  'the dashboard shows each queue, each function and what becomes of tasks': made => {
    const { DashboardName, DashboardBody } = properties(made, 'Dashboard', 'AWS::CloudWatch::Dashboard');
    const { prefix, ladder, functions } = made.settings;
    assert.equal(DashboardName, prefix);
    const shown = dashboardMetrics(DashboardBody).map(metric => metric.join(' '));
    const missing = [
      ...ladder.levels.flatMap(({ queue }) => [
        `AWS/SQS ApproximateNumberOfMessagesVisible QueueName ${prefix}-${queue}`,
        `AWS/SQS ApproximateAgeOfOldestMessage QueueName ${prefix}-${queue}`,
      ]),
      ...Object.keys(functions).flatMap(name =>
        ['Invocations', 'Errors', 'Duration', 'ConcurrentExecutions'].map(
          metric => `AWS/Lambda ${metric} FunctionName ${prefix}-${name}`,
        ),
      ),
      ...['TasksCompleted', 'TasksRaised', 'QueueDelay', 'TaskDuration', 'SuccessRate', 'OpenEntryRatio'].map(
        metric => `${prefix} ${metric}`,
      ),
      ...[0, 1, 2, 3].map(level => `${prefix} OpenEntriesLevel${level}`),
      ...(made.settings.database === 'managed'
        ? ['ServerlessDatabaseCapacity', 'DatabaseConnections'].map(
            metric => `AWS/RDS ${metric} DBClusterIdentifier ${prefix}`,
          )
        : []),
    ].filter(metric => !shown.includes(metric));
    assert.deepEqual(missing, []);
  },
};

/** Namespace, name, and dimensions of each metric on a dashboard. */
export function dashboardMetrics(body: Value | undefined): string[][] {
  assert.ok(typeof body === 'object' && body !== null && 'Fn::Sub' in body);
  const { widgets }: { widgets: { properties: { metrics: string[][] } }[] } = JSON.parse(
    String(body['Fn::Sub']),
  );
  return widgets.flatMap(({ properties: { metrics } }) => metrics);
}
