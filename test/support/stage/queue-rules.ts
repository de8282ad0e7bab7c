import assert from 'node:assert/strict';
import { attribute, logicalId, ref } from '../../../infra/cloud/cloudformation.ts';
import { functionArn, functionId } from '../../../infra/cloud/names.ts';
import { queueId } from '../../../infra/cloud/queues.ts';
import { type Made, ofType, properties, type Rules, resource, statements } from './made.ts';

const day = 86_400;
const queue = (made: Made, name: string) => properties(made, queueId(name), 'AWS::SQS::Queue');
const arn = (service: string, rest: string) => ({
  'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${rest}`,
});

/** Queues, and the clock beside them. */
export const queueRules: Rules = {
  'every level of the ladder is a queue, and one takes what no schedule could deliver': made => {
    const { ladder, prefix } = made.settings;
    for (const { queue: name } of ladder.levels)
      assert.equal(queue(made, name)['QueueName'], `${prefix}-${name}`);
    assert.partialDeepStrictEqual(queue(made, 'schedule-dead-letters'), {
      QueueName: `${prefix}-schedule-dead-letters`,
      MessageRetentionPeriod: 14 * day,
    });
    assert.equal(ofType(made, 'AWS::SQS::Queue').length, ladder.levels.length + 1);
  },

  'what lies in a queue is encrypted': made => {
    for (const [id, { Properties }] of ofType(made, 'AWS::SQS::Queue'))
      assert.equal(Properties?.['SqsManagedSseEnabled'], true, id);
  },

  'nobody speaks to a queue without TLS, by a policy that speaks of that queue alone': made => {
    const ids = [...made.settings.ladder.levels.map(level => level.queue), 'schedule-dead-letters'].map(
      queueId,
    );
    for (const id of ids)
      assert.deepEqual(properties(made, `${id}TlsOnly`, 'AWS::SQS::QueuePolicy'), {
        Queues: [ref(id)],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Principal: '*',
              Action: 'sqs:*',
              Resource: attribute(id, 'Arn'),
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
            },
          ],
        },
      });
    assert.equal(ofType(made, 'AWS::SQS::QueuePolicy').length, ids.length);
  },

  'each queue hands on to the next level after as many receives as the ladder says, and the last one keeps':
    made => {
      const { levels } = made.settings.ladder;
      for (const [i, level] of levels.entries()) {
        const next = levels[i + 1];
        assert.deepEqual(
          queue(made, level.queue)['RedrivePolicy'],
          next === undefined
            ? undefined
            : {
                deadLetterTargetArn: attribute(queueId(next.queue), 'Arn'),
                maxReceiveCount: level.max_receive_count,
              },
        );
      }
    },

  'a queue takes dead letters from the level below it, and from nobody else': made => {
    const { ladder, prefix } = made.settings;
    for (const [i, { queue: name }] of ladder.levels.entries()) {
      const below = ladder.levels[i - 1];
      assert.deepEqual(
        queue(made, name)['RedriveAllowPolicy'],
        below === undefined
          ? { redrivePermission: 'denyAll' }
          : { redrivePermission: 'byQueue', sourceQueueArns: [arn('sqs', `${prefix}-${below.queue}`)] },
      );
    }
    assert.deepEqual(queue(made, 'schedule-dead-letters')['RedriveAllowPolicy'], {
      redrivePermission: 'denyAll',
    });
  },

  'the higher a level, the longer its queue keeps': made => {
    const kept = made.settings.ladder.levels.map(level => {
      const seconds = Number(queue(made, level.queue)['MessageRetentionPeriod']);
      assert.equal(seconds, level.retention_days * day, level.queue);
      return seconds;
    });
    assert.deepEqual(
      kept,
      [...new Set(kept)].toSorted((a, b) => a - b),
    );
  },

  'a message stays hidden for six times as long as the function that reads it may take': made => {
    for (const { sqs = [], timeout_seconds } of Object.values(made.settings.functions))
      for (const source of sqs) {
        const hidden = Number(queue(made, source.queue)['VisibilityTimeout']);
        assert.ok(hidden >= 6 * timeout_seconds, `${source.queue}: ${hidden} s`);
      }
    // No event source: what the sweep takes from it is hidden by the sweep itself; 12 hours are the most there is.
    const last = Number(queue(made, made.settings.ladder.levels.at(-1)?.queue ?? '')['VisibilityTimeout']);
    assert.ok(last > 0 && last <= 43_200, String(last));
  },

  'who receives from a queue waits for a message instead of asking again': made => {
    for (const { queue: name } of made.settings.ladder.levels)
      assert.equal(queue(made, name)['ReceiveMessageWaitTimeSeconds'], 20, name);
  },

  'every declared schedule is one: it is tried again, and what could not be delivered is kept': made => {
    const { functions, prefix, sweeps } = made.settings;
    const declared = Object.entries(functions).flatMap(([name, { schedules = [] }]) =>
      schedules.map((schedule, i) => ({ name, number: i + 1, ...schedule })),
    );
    assert.deepEqual(
      declared.map(({ expression }) => expression).toSorted(),
      ['rate(1 minute)', 'rate(1 minute)', 'rate(5 minutes)'],
      'dlq-retry and auto-assign every minute, health-sweep every five',
    );
    for (const { name, number, expression, input } of declared) {
      const found = resource(made, logicalId(`${name}-${number}`, 'Schedule'), 'AWS::Scheduler::Schedule');
      assert.deepEqual(found.DependsOn, [functionId(name, 'LambdaFunction')]);
      assert.partialDeepStrictEqual(found.Properties, {
        Name: `${prefix}-${name}-${number}`,
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: sweeps ? 'ENABLED' : 'DISABLED',
        Target: {
          Arn: functionArn(prefix, name),
          RoleArn: attribute('SweepRole', 'Arn'),
          RetryPolicy: { MaximumRetryAttempts: 3, MaximumEventAgeInSeconds: 120 },
          DeadLetterConfig: { Arn: attribute('ScheduleDeadLettersQueue', 'Arn') },
          Input: JSON.stringify(input),
        },
      });
    }
    assert.equal(ofType(made, 'AWS::Scheduler::Schedule').length, declared.length);
  },

  'one-time schedules have a group; Scheduler may ring and wake up what they name, for this account alone':
    made => {
      const { prefix, ladder } = made.settings;
      assert.deepEqual(properties(made, 'OneTimeSchedules', 'AWS::Scheduler::ScheduleGroup'), {
        Name: `${prefix}-one-time`,
      });
      const invokes = (names: string[]) => ({
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: names.map(name => functionArn(prefix, name)),
      });
      const sends = (id: string) => ({
        Effect: 'Allow',
        Action: ['sqs:SendMessage'],
        Resource: attribute(id, 'Arn'),
      });
      const tasks = queueId(ladder.levels[0]?.queue ?? '');
      assert.deepEqual(statements(made, 'OneTimeScheduleRole'), [
        sends(tasks),
        invokes(['dlq-retry', 'health-sweep', 'drain']),
      ]);
      assert.deepEqual(statements(made, 'SweepRole'), [
        invokes(['dlq-retry', 'auto-assign', 'health-sweep']),
        sends('ScheduleDeadLettersQueue'),
      ]);
      for (const id of ['OneTimeScheduleRole', 'SweepRole']) {
        assert.deepEqual(properties(made, id, 'AWS::IAM::Role')['AssumeRolePolicyDocument'], {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 'scheduler.amazonaws.com' },
              Action: 'sts:AssumeRole',
              Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
            },
          ],
        });
      }
    },
};
