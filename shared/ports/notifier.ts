import type { Notice } from '../domain/notice.ts';

/** Tells people: SNS in AWS, a log and a folder of notices on one machine. */
export interface Notifier {
  /** @throws when it could not be published; the sweep tries again */
  publish(notice: Notice): Promise<void>;
}
