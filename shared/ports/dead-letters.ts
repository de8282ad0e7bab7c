import type { QueueMessage } from '../domain/message.ts';

/** The last queue of the ladder, which nobody reads but a sweep (design section 5). */
export interface DeadLetters {
  /** Up to ten messages; they are hidden from others for a while. @throws {JrError} QUEUE_UNAVAILABLE */
  receive(): Promise<readonly (QueueMessage & { readonly receiptHandle: string })[]>;
  /** Takes messages off the queue for good, once the ledger has them. @throws {JrError} QUEUE_UNAVAILABLE */
  remove(receiptHandles: readonly string[]): Promise<void>;
}
