import { type LadderRules, tpmTimeIsUp } from '../../shared/domain/ladder.ts';
import type { Notice } from '../../shared/domain/notice.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import type { LadderLedger } from '../../shared/ports/ladder-ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';
import { batch } from './dependencies.ts';

export interface Deadlines {
  readonly ladderLedger: LadderLedger;
  readonly wakeUps: WakeUps;
  readonly rules: LadderRules;
  readonly log: Log;
}

const wakeUpOf = (entryId: number) => `jr-deadline-${entryId}`;

/**
 * Has the sweep woken up when the TPM's time for an entry is up, so that the Council is asked then and not at the next
 * minute. One that cannot be set is no failure: the minute sweep finds the entry as well. Answers when, null for never.
 */
export async function wakeUpAtDeadline(
  { entryId, level, raisedAt }: Notice,
  { wakeUps, rules, log }: Deadlines,
): Promise<Date | null> {
  if (level !== 2) return null;
  const at = tpmTimeIsUp(rules, new Date(raisedAt));
  try {
    await wakeUps.set({ name: wakeUpOf(entryId), functionName: 'dlq-retry', payload: {}, at });
    return at;
  } catch (error) {
    log.warn('dlq_retry.deadline_not_scheduled', { entry_id: entryId, message: String(error) });
    return null;
  }
}

/** Takes the schedules of answered entries away. One that stays wakes up a sweep that finds nothing. */
export const removeAnswered: Part<Deadlines> = async ({ ladderLedger, wakeUps, log }) => {
  for (const entryId of await ladderLedger.takeAnsweredWakeUps(batch)) {
    try {
      await wakeUps.remove(wakeUpOf(entryId));
    } catch (error) {
      log.warn('dlq_retry.deadline_not_removed', { entry_id: entryId, message: String(error) });
    }
  }
  return {};
};
