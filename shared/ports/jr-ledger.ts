import type { Verdict, WatchedJr } from '../domain/liveness.ts';

/** A Jr as it was read; `version` tells whether somebody has changed it since. */
export interface ReadJr extends WatchedJr {
  readonly version: string;
}

/** The Jrs as the health sweep needs them. Every method throws JrError LEDGER_UNAVAILABLE when Postgres is away. */
export interface JrLedger {
  /** Those in service, by name. */
  inService(): Promise<readonly ReadJr[]>;

  /**
   * Writes what was decided about Jrs that nobody has changed since they were read: an answer that came meanwhile
   * wins. Whoever is tried counts one restart more. Answers the names of those written.
   */
  record(
    verdicts: readonly (Verdict & { readonly version: string })[],
    now: Date,
  ): Promise<ReadonlySet<string>>;

  /** Notes that pings were sent; of those that wait for an answer already the older asking counts. */
  notePinged(jrNames: readonly string[], now: Date): Promise<void>;

  /**
   * Takes waiting tasks from Jrs that are silent or out of service, so that auto-assign gives them to others: none
   * while no other Jr was seen after `seenAfter`, and never one that runs. Retries of a Jr out of service, which it
   * would never begin, are begun without a Jr.
   */
  releaseTasks(request: {
    readonly now: Date;
    readonly seenAfter: Date;
    readonly limit: number;
  }): Promise<readonly { readonly taskId: number; readonly jrName: string }[]>;
}
