/** Brings the tables of the ledger up to date. */
export interface Migrator {
  /**
   * Applies what is not there yet; nothing when all is there. Two at once wait for one another.
   * @throws {JrError} LEDGER_UNAVAILABLE when the ledger cannot be reached
   */
  migrate(): Promise<{ readonly applied: readonly string[]; readonly present: readonly string[] }>;
}
