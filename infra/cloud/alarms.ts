import sweeps from '../sweeps.json' with { type: 'json' };
import { attribute, logicalId, type Resource, type Resources, ref, type Value } from './cloudformation.ts';
import { functionId } from './names.ts';
import { queueId, SCHEDULE_DEAD_LETTERS } from './queues.ts';
import type { Settings } from './settings.ts';

/** A queue's oldest message is older than this: nobody works on it, or too slowly. */
const oldestSeconds = 15 * 60;

/**
 * A function begins nothing new in its last 10 seconds (drain: 15). One that is still at work with so few of them left is
 * about to be cut off, where a long drain that hands over in time is none.
 */
const lastSeconds = 5;

interface Condition {
  readonly what: string;
  readonly metric: Readonly<Record<string, Value>>;
  readonly threshold: number;
  readonly comparison: 'GreaterThanThreshold' | 'LessThanThreshold';
  /** Periods in a row. */
  readonly periods: number;
  readonly periodSeconds: number;
  readonly statistic: 'Sum' | 'Maximum';
  readonly silence: 'notBreaching' | 'breaching' | 'ignore';
}

/** Everything that a person has to be told by CloudWatch, nearly all of it by the operations topic. */
export function alarms(settings: Settings): Resources {
  return {
    ...ofQueues(settings),
    ...ofFunctions(settings),
    ...submissions(settings),
    ...(settings.sweeps ? { ...pings(settings), ...skippedParts(settings) } : {}),
    ...serviceLevels(settings),
  };
}

function ofQueues({ ladder, prefix }: Settings): Resources {
  const found: Record<string, Resource> = {};
  const metric = (id: string, name: string) => ({
    Namespace: 'AWS/SQS',
    MetricName: name,
    Dimensions: [{ Name: 'QueueName', Value: attribute(id, 'QueueName') }],
  });
  for (const { level, name, queue } of ladder.levels) {
    const id = queueId(queue);
    found[`${id}AgeAlarm`] = alarm(`${prefix}-${queue}-age`, {
      ...above(oldestSeconds, 'Maximum'),
      what: `The oldest message of ${queue} is older than ${oldestSeconds / 60} minutes: its function does not keep up or fails.`,
      metric: metric(id, 'ApproximateAgeOfOldestMessage'),
      periods: 3,
    });
    if (level < 2) continue;
    found[`${id}DepthAlarm`] = alarm(`${prefix}-${queue}-depth`, {
      ...above(0, 'Maximum'),
      what: `Messages crashed their way up to level ${level} (${name}): look at them with jr dlq list.`,
      metric: metric(id, 'ApproximateNumberOfMessagesVisible'),
    });
  }
  const id = queueId(SCHEDULE_DEAD_LETTERS);
  found[`${id}DepthAlarm`] = alarm(`${prefix}-${SCHEDULE_DEAD_LETTERS}-depth`, {
    ...above(0, 'Maximum'),
    what: 'A schedule could not invoke its function; each message says which and why.',
    metric: metric(id, 'ApproximateNumberOfMessagesVisible'),
  });
  return found;
}

function ofFunctions({ functions, prefix }: Settings): Resources {
  const found: Record<string, Resource> = {};
  for (const [name, spec] of Object.entries(functions)) {
    const metric = (metricName: string) => ({
      Namespace: 'AWS/Lambda',
      MetricName: metricName,
      // The function by its name, as a reference: an alarm on a function that is not there does not deploy.
      Dimensions: [{ Name: 'FunctionName', Value: ref(functionId(name, 'LambdaFunction')) }],
    });
    found[logicalId(name, 'ErrorsAlarm')] = alarm(`${prefix}-${name}-errors`, {
      ...above(0, 'Sum'),
      what: `${name} ended with an error: its log says why.`,
      metric: metric('Errors'),
    });
    found[logicalId(name, 'ThrottlesAlarm')] = alarm(`${prefix}-${name}-throttles`, {
      ...above(0, 'Sum'),
      what: `${name} was throttled: the account's concurrency is used up.`,
      metric: metric('Throttles'),
    });
    found[logicalId(name, 'DurationAlarm')] = alarm(`${prefix}-${name}-duration`, {
      ...above((spec.timeout_seconds - lastSeconds) * 1_000, 'Maximum'),
      what: `${name} was at work within the last ${lastSeconds} of its ${spec.timeout_seconds} seconds.`,
      metric: metric('Duration'),
    });
  }
  return found;
}

/** What cannot be a task is kept with the reason, but its sender is not answered. */
function submissions({ prefix }: Settings): Resources {
  return {
    SubmissionsRejectedAlarm: alarm(`${prefix}-submissions-rejected`, {
      ...above(0, 'Sum'),
      what: 'Messages could not be tasks and were refused: jr status --rejected says which and why.',
      metric: { Namespace: prefix, MetricName: 'SubmissionsRejected' },
    }),
  };
}

/**
 * A ping goes the whole road: health-sweep, SQS, execute-task, the ledger. When none came back for ten minutes the road
 * is closed somewhere.
 */
function pings({ prefix }: Settings): Resources {
  return {
    PingsAlarm: alarm(`${prefix}-no-ping`, {
      what: 'No ping of a Jr came back for 10 minutes: schedules, queue, execute-task or ledger do not work.',
      metric: { Namespace: prefix, MetricName: 'PingsReceived' },
      threshold: 1,
      comparison: 'LessThanThreshold',
      statistic: 'Sum',
      periods: 1,
      periodSeconds: 600,
      silence: 'breaching',
    }),
  };
}

/**
 * Parts at the end of a sweep that get no time, sweep after sweep: no function fails and none is cut off, so nothing else
 * tells of them. Once or twice is a slow quarter of an hour.
 */
function skippedParts({ prefix }: Settings): Resources {
  const sweepsOf = {
    'dlq-retry': 'LadderSweep',
    'auto-assign': 'BacklogSweep',
    'health-sweep': 'HealthSweep',
  };
  return Object.fromEntries(
    Object.entries(sweepsOf).map(([name, sweep]) => [
      logicalId(name, 'PartsSkippedAlarm'),
      alarm(`${prefix}-${name}-parts-skipped`, {
        ...above(2, 'Sum'),
        what: `Parts of the sweep of ${name} got no time, more than twice in 15 minutes: its log says which.`,
        metric: { Namespace: prefix, MetricName: `${sweep}PartsSkipped` },
        periodSeconds: 900,
      }),
    ]),
  );
}

/**
 * The service levels of infra/sweeps.json, by what health-sweep measures. The functions tell people of them by themselves,
 * with what to do; these are the second way, which needs neither ledger nor sweep to speak. A sweep that comes a little
 * early or late leaves a period without a value: it says neither good nor bad.
 */
function serviceLevels({ prefix }: Settings): Resources {
  const { open_ratio_warning, open_ratio, open_ratio_lead, lead_after_minutes } = sweeps.service_levels;
  const periodSeconds = 300;
  const levels = [
    { id: 'OpenEntriesWarning', ratio: open_ratio_warning, minutes: 5, topic: 'OperationsTopic' },
    { id: 'OpenEntries', ratio: open_ratio, minutes: 5, topic: 'OperationsTopic' },
    {
      id: 'OpenEntriesLead',
      ratio: open_ratio_lead,
      minutes: lead_after_minutes,
      topic: 'EngineeringLeadTopic',
    },
  ];
  return Object.fromEntries(
    levels.map(({ id, ratio, minutes, topic }) => {
      const percent = Number((ratio * 100).toPrecision(6));
      return [
        `${id}Alarm`,
        alarm(
          `${prefix}-open-entries-above-${String(percent).replace('.', '_')}-percent`,
          {
            ...above(percent, 'Maximum'),
            what: `Open entries are more than ${percent} % of the tasks of the last days: see jr dlq list.`,
            metric: { Namespace: prefix, MetricName: 'OpenEntryRatio' },
            periodSeconds,
            periods: Math.ceil((minutes * 60) / periodSeconds),
            silence: 'ignore',
          },
          topic,
        ),
      ];
    }),
  );
}

/** The usual: five minutes above a number; silence is good. */
function above(threshold: number, statistic: Condition['statistic']) {
  return {
    threshold,
    statistic,
    comparison: 'GreaterThanThreshold',
    periods: 1,
    periodSeconds: 300,
    silence: 'notBreaching',
  } as const;
}

function alarm(name: string, condition: Condition, topic = 'OperationsTopic'): Resource {
  const { what, metric, threshold, comparison, periods, periodSeconds, statistic, silence } = condition;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: name,
      AlarmDescription: what,
      ...metric,
      Statistic: statistic,
      Period: periodSeconds,
      EvaluationPeriods: periods,
      Threshold: threshold,
      ComparisonOperator: comparison,
      TreatMissingData: silence,
      AlarmActions: [ref(topic)],
      OKActions: [ref(topic)],
    },
  };
}
