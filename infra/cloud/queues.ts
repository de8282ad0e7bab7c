import { queuesOf } from '../local/sqs/queues.ts';
import {
  arnOf,
  attribute,
  logicalId,
  type Resource,
  type Resources,
  ref,
  type Value,
} from './cloudformation.ts';
import type { Settings } from './settings.ts';

export const SCHEDULE_DEAD_LETTERS = 'schedule-dead-letters';

const secondsOfDay = 24 * 60 * 60;

export function queueId(name: string): string {
  return logicalId(name, 'Queue');
}

/** The name of a queue of the ladder on a stage: it ends in the name that infra/ladder.json gives it. */
export function queueName(prefix: string, name: string): string {
  return `${prefix}-${name}`;
}

/** The queues of the ladder and the one for schedules that could not be delivered. */
export function queues({ ladder, functions, prefix }: Settings): Resources {
  const specs = queuesOf(ladder, functions);
  const ofLadder = specs.map(spec => {
    const sources = specs.filter(other => other.redrive?.queue === spec.name).map(({ name }) => name);
    const properties: Record<string, Value> = {
      QueueName: queueName(prefix, spec.name),
      VisibilityTimeout: spec.visibilityTimeoutSeconds,
      MessageRetentionPeriod: spec.retentionDays * secondsOfDay,
      ReceiveMessageWaitTimeSeconds: 20,
      SqsManagedSseEnabled: true,
      RedriveAllowPolicy: allowFrom(prefix, sources),
    };
    if (spec.redrive !== null) {
      properties['RedrivePolicy'] = {
        deadLetterTargetArn: attribute(queueId(spec.redrive.queue), 'Arn'),
        maxReceiveCount: spec.redrive.maxReceiveCount,
      };
    }
    return [queueId(spec.name), { Type: 'AWS::SQS::Queue', Properties: properties }] as const;
  });
  const ids = [...specs.map(({ name }) => name), SCHEDULE_DEAD_LETTERS].map(queueId);
  return {
    ...Object.fromEntries(ofLadder),
    ...Object.fromEntries(ids.map(id => [`${id}TlsOnly`, withTlsOnly(id)])),
    [queueId(SCHEDULE_DEAD_LETTERS)]: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        QueueName: queueName(prefix, SCHEDULE_DEAD_LETTERS),
        MessageRetentionPeriod: 14 * secondsOfDay,
        SqsManagedSseEnabled: true,
        RedriveAllowPolicy: allowFrom(prefix, []),
      },
    },
  };
}

/**
 * Nobody speaks to a queue without TLS. It allows nothing: who may speak to it at all is for IAM to say. SQS takes a
 * statement about the one queue that has it; one about several queues it has refused.
 */
function withTlsOnly(id: string): Resource {
  return {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
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
    },
  };
}

/**
 * Who may redrive into a queue. The source names its dead letter queue already; a reference back would be a cycle for
 * CloudFormation, so the ARNs are put together from the names.
 */
function allowFrom(prefix: string, sources: readonly string[]): Value {
  if (sources.length === 0) return { redrivePermission: 'denyAll' };
  return {
    redrivePermission: 'byQueue',
    sourceQueueArns: sources.map(name => arnOf('sqs', queueName(prefix, name))),
  };
}
