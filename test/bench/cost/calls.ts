/** Messages that SQS hands over at once. */
export const batch = 10;

/** What an invocation asks of others. */
export interface Calls {
  /** Round trips to the ledger. */
  readonly statements: number;
  /** Requests to SQS by the function itself. */
  readonly sends: number;
  /** Schedules made or removed. */
  readonly schedules: number;
  readonly logBytes: number;
  /** Calls of the file system that only look. */
  readonly fileReads: number;
  /** Those that change something, or wait until it is on disk. */
  readonly fileWrites: number;
}

/** Of each kind of work a batch of ten submissions, each in a message of its own; of each sweep one that finds nothing. */
export interface CountedCalls {
  readonly batches: { readonly steps: Calls; readonly files: Calls };
  readonly sweeps: Readonly<Record<'auto-assign' | 'dlq-retry' | 'health-sweep', Calls>>;
}
