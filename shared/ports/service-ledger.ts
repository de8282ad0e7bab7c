import type { Before, ServiceCounts, ServiceLevels } from '../domain/service-levels.ts';

/** What was counted, to be judged and recorded. */
export interface Count {
  readonly counts: ServiceCounts;
  readonly before: Before;
  /** The place of this measurement in the chain. */
  readonly seq: number;
  /** Completed after `from`, up to and including `to`: what no measurement before has counted. */
  readonly counted: { readonly from: Date; readonly to: Date; readonly tasks: number };
}

/** The ledger as the service levels need it. */
export interface ServiceLedger {
  /**
   * Counts what the service levels are computed from. What failed within the success window: entries that were raised to
   * a person in it, but for those that ask for an approval; one that climbs further does not count again. Open entries:
   * all but those of tasks that were handed in to wait for the Council.
   */
  count(request: {
    readonly now: Date;
    readonly successWindowMinutes: number;
    readonly tasksWindowDays: number;
    /** The scope of the alerts that were on. */
    readonly scope: string;
  }): Promise<Count>;

  /** Keeps a measurement, and forgets those before `forgetBefore`. One that another sweep has made by then stays. */
  record(count: Count, levels: ServiceLevels, now: Date, forgetBefore: Date): Promise<void>;
}
