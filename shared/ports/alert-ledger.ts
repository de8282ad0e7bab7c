import type { Alert, AlertNotice } from '../domain/alert.ts';

/** What is wrong with the whole, kept so that people are told of each change once and not by each sweep. */
export interface AlertLedger {
  /**
   * Notes what is wrong now in a scope (one part of one sweep, e.g. `service-levels`). Alerts of the scope that are not
   * in `firing` are over. Two sweeps at once note a change once, and one that looked earlier (by `now`) does not undo
   * what a later one saw.
   */
  observe(scope: string, firing: readonly Alert[], now: Date): Promise<void>;

  /**
   * Changes that people have not been told yet, oldest first. What came and went before anybody was told is no news, nor
   * is what ended and came back.
   */
  unpublishedAlerts(limit: number): Promise<AlertNotice[]>;

  /** Notes what people have been told. What has changed in the meantime is the next news. */
  markPublished(notice: Pick<AlertNotice, 'id' | 'change'>, now: Date): Promise<void>;
}
