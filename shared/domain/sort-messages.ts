import type { Decoded, QueueMessage, Submission } from './message.ts';
import { titleOf } from './title.ts';

/** A batch of messages by what they are. */
export interface SortedMessages {
  readonly submissions: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly submission: Submission;
  }[];
  readonly bells: readonly { readonly messageId: string; readonly taskId: number }[];
  readonly pings: readonly { readonly jrName: string; readonly sentAt: Date }[];
  readonly rejections: readonly {
    readonly messageId: string;
    readonly body: string;
    readonly reason: string;
  }[];
}

/** Decodes a batch and sorts it. A submission without a title gets one. */
export function sortMessages(
  messages: readonly QueueMessage[],
  decode: (body: string) => Decoded,
): SortedMessages {
  const decoded = messages.map(message => ({ ...message, decoded: decode(message.body) }));
  return {
    submissions: decoded.flatMap(({ messageId, body, decoded: d }) =>
      d.kind === 'submit'
        ? [{ messageId, body, submission: { ...d.submission, title: titleOf(d.submission) } }]
        : [],
    ),
    bells: decoded.flatMap(({ messageId, decoded: d }) =>
      d.kind === 'run' ? [{ messageId, taskId: d.taskId }] : [],
    ),
    pings: decoded.flatMap(({ decoded: d }) => (d.kind === 'ping' ? [d] : [])),
    rejections: decoded.flatMap(({ messageId, body, decoded: d }) =>
      d.kind === 'rejected' ? [{ messageId, body, reason: d.reason }] : [],
    ),
  };
}
