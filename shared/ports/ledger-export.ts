/** One row of a table, as JSON has it. */
export interface LedgerRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What is open in the ledger, for the disaster plan. */
export interface LedgerSnapshot {
  /**
   * Every task with an open entry, and those it descends from: task, entries, attempts, steps, and what people decided.
   * All of one moment, a bounded page at a time, in an order in which the rows can be put back.
   */
  read<T>(work: (pages: AsyncIterable<readonly LedgerRow[]>) => Promise<T>): Promise<T>;
}

/** A finished file of an export. */
export interface ExportedFile {
  /** Relative to the workspace. */
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of the file, lower-case hex; also beside it in `<path>.sha256`, as sha256sum writes it. */
  readonly sha256: string;
}

/** The folder `exports` of the workspace. */
export interface ExportFiles {
  /** Writes a file piece by piece; it has its name only once all of it is on disk, and none when `work` throws. */
  write(
    name: string,
    work: (append: (text: string) => Promise<void>) => Promise<void>,
  ): Promise<ExportedFile>;
}
/** Puts an export back. */
export interface LedgerRestore {
  /** How many tasks and entries there are: an export is put back into an empty ledger alone. */
  held(): Promise<{ readonly tasks: number; readonly entries: number }>;
  /** All rows or none. Answers how many of each table. */
  restore(pages: AsyncIterable<readonly LedgerRow[]>): Promise<Readonly<Record<string, number>>>;
}
