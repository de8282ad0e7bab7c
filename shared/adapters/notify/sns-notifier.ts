import { PublishCommand, SNSClient, type SNSClientConfig } from '@aws-sdk/client-sns';
import type { Announcement } from '../../domain/announcement.ts';
import type { Notifier } from '../../ports/notifier.ts';

/** The ARN of the topic of each target. */
export type Topics = Readonly<Record<Announcement['target'], string>>;

/** SNS takes no longer subject. */
const maxSubject = 100;

/** Announcements through SNS: one topic for each target. */
export function snsNotifier(topics: Topics, config: SNSClientConfig = {}): Notifier {
  const client = new SNSClient(config);
  return {
    async publish({ target, subject, text }) {
      // Printable ASCII in one line is all that a subject may hold.
      const Subject = subject.replace(/[^\x20-\x7e]/g, '?').slice(0, maxSubject);
      await client.send(new PublishCommand({ TopicArn: topics[target], Subject, Message: text }));
    },
  };
}
