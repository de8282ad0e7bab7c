import type { Announcement } from '../domain/announcement.ts';

/** Tells people: SNS in AWS, a folder of notices on one machine. */
export interface Notifier {
  /** @throws when it could not be published; the sweep tries again */
  publish(announcement: Announcement): Promise<void>;
}
