import type { Resources } from './cloudformation.ts';
import type { Settings } from './settings.ts';

/** Who is told: the topic of each, its name on a stage and the variable by which the functions find it. */
export const topicsOf = {
  TpmTopic: { name: 'tpm', variable: 'TPM_TOPIC_ARN' },
  CouncilTopic: { name: 'council', variable: 'COUNCIL_TOPIC_ARN' },
  OperationsTopic: { name: 'operations', variable: 'OPERATIONS_TOPIC_ARN' },
  EngineeringLeadTopic: { name: 'engineering-lead', variable: 'ENGINEERING_LEAD_TOPIC_ARN' },
} as const;

/**
 * Without a key of one's own, on purpose: CloudWatch alarms cannot publish to a topic under the key that AWS manages,
 * and what notices hold is redacted (invariant 14).
 */
export function topics({ prefix }: Settings): Resources {
  return Object.fromEntries(
    Object.entries(topicsOf).map(([id, { name }]) => [
      id,
      { Type: 'AWS::SNS::Topic', Properties: { TopicName: `${prefix}-${name}` } },
    ]),
  );
}
