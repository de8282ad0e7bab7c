import { announceAlert } from '../../shared/domain/alert.ts';
import type { Announcement } from '../../shared/domain/announcement.ts';
import { announceNotice } from '../../shared/domain/notice.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Notifier } from '../../shared/ports/notifier.ts';
import { type Deadlines, wakeUpAtDeadline } from './deadlines.ts';

interface Dependencies extends Deadlines {
  readonly alertLedger: AlertLedger;
  readonly notifier: Notifier;
  readonly clock: Clock;
}

/** Announcements of a kind that one sweep sends: the rest is for the next minute. */
const batch = 100;

/**
 * Tells people what they have not been told. Each announcement goes out at least once; one that cannot is left for the
 * next sweep and stops no other. Alerts go first: they are few, and about the whole.
 */
export const announceAll: Part<Dependencies> = async (deps, late) => {
  const { ladderLedger, alertLedger, clock } = deps;
  const alerts = await announceEach(
    late,
    deps,
    await alertLedger.unpublishedAlerts(batch),
    announceAlert,
    alert => alertLedger.markPublished(alert, clock.now()),
  );
  const notices = await announceEach(
    late,
    deps,
    await ladderLedger.unpublishedNotices(batch),
    announceNotice,
    async notice => {
      const wakeUpAt = await wakeUpAtDeadline(notice, deps);
      await ladderLedger.markNotified(notice.entryId, notice.level, clock.now(), wakeUpAt);
    },
  );
  return {
    notified: notices.sent,
    alerted: alerts.sent,
    unpublished: notices.unsent + alerts.unsent,
  };
};

async function announceEach<T>(
  late: () => boolean,
  { notifier, log }: Dependencies,
  news: readonly T[],
  announce: (item: T) => Announcement,
  mark: (item: T) => Promise<void>,
) {
  let sent = 0;
  let unsent = 0;
  for (const item of news) {
    if (late()) break;
    const announcement = announce(item);
    try {
      await notifier.publish(announcement);
    } catch (error) {
      unsent += 1;
      const message = error instanceof Error ? error.message : String(error);
      log.error('dlq_retry.announcement_failed', {
        id: announcement.id,
        target: announcement.target,
        message,
      });
      continue;
    }
    await mark(item);
    sent += 1;
  }
  return { sent, unsent };
}
