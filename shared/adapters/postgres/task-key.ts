import { createHash } from 'node:crypto';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The correlation id of the task that a message brings: the message's own id, which SQS makes a UUID. Any other id,
 * of an event made by hand, gives the same UUID each time.
 */
export function taskKeyOf(messageId: string): string {
  if (uuid.test(messageId)) return messageId.toLowerCase();
  const hex = createHash('sha256').update(messageId).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}
