import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import { noticeText } from '../../domain/notice.ts';
import type { Notifier } from '../../ports/notifier.ts';

/** SNS takes no longer subject. */
const maxSubject = 100;

/** Notices through SNS: one topic for each target, e.g. `{ TPM: arn, Council: arn }`. */
export function snsNotifier(
  topics: Readonly<Record<string, string>>,
  config: SNSClientConfig = {},
): Notifier {
  const client = new SNSClient(config);
  return {
    async publish(notice) {
      const TopicArn = topics[notice.target];
      if (TopicArn === undefined) throw new Error(`There is no topic for ${notice.target}.`);
      const { subject, text } = noticeText(notice);
      // Printable ASCII in one line is all that a subject may hold.
      const Subject = subject.replace(/[^\x20-\x7e]/g, '?').slice(0, maxSubject);
      await client.send(new PublishCommand({ TopicArn, Subject, Message: text }));
    },
  };
}
