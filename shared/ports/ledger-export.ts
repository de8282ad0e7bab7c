/** One row of a table, as JSON has it. */
export interface LedgerRow {
  readonly table: string;
  readonly row: Readonly<Record<string, unknown>>;
}

/** What is open in the ledger, for the disaster plan. */
export interface LedgerExport {
  /** The registered Jrs, whom tasks name. */
  jrs(): Promise<readonly LedgerRow[]>;
  /**
   * The next open entries after one, up to another, with their tasks and those that these descend from: entries, attempts,
   * steps, and what people decided. All of one moment. `put` gets them in pieces of a few megabytes at most, however large
   * the documents are. A task that others descend from comes with each page that needs it.
   *
   * @returns how many entries, and the last of them; null when there is none left
   */
  page(
    range: { readonly after: number; readonly upTo: number },
    put: (rows: readonly LedgerRow[]) => Promise<void>,
  ): Promise<{ readonly entries: number; readonly last: number } | null>;
}

/** How far an export has come, as `jr_drain_runs.export` keeps it. */
export interface ExportProgress {
  /** Relative to the workspace. */
  readonly file: string;
  /** Open entries when it began. */
  readonly total: number;
  /** Those of them that are in the file; what was closed before its turn came is not. */
  readonly entries: number;
  readonly after_entry: number;
  /** The youngest when it began: later ones are not taken. */
  readonly up_to_entry: number;
  /** Of the file, that the disk has for certain. */
  readonly bytes: number;
  /** Lines of each table. */
  readonly lines: Readonly<Record<string, number>>;
  /** Of the whole file, lower-case hex; null until it is done. Also beside it in `<file>.sha256`, as sha256sum writes it. */
  readonly sha256: string | null;
}

/** A file of an export that is being written. */
export interface ExportDraft {
  append(text: string): Promise<void>;
  /** Waits until the disk has all of it, and answers its length in bytes. */
  sync(): Promise<number>;
  close(): Promise<void>;
}

/** The folder of exports in the workspace. All throw {@link import('../domain/failure.ts').JrError} WORKSPACE_IO. */
export interface ExportFiles {
  /** Goes on with a draft behind its first `bytes`; what is there behind them goes. Null when it has not as many. */
  open(file: string, bytes: number): Promise<ExportDraft | null>;
  /** Gives a draft its name, with its checksum beside it, and answers that. */
  finish(file: string): Promise<string>;
}

/** Puts an export back. */
export interface LedgerRestore {
  /** How many tasks and entries there are: an export is put back into an empty ledger alone. */
  held(): Promise<{ readonly tasks: number; readonly entries: number }>;
  /** All rows or none; a row that comes again is one. Answers how many of each table. */
  restore(pages: AsyncIterable<readonly LedgerRow[]>): Promise<Readonly<Record<string, number>>>;
}
