/** Exit codes of the command line (design section 11). */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The command cannot be carried out as asked, or not here: exit code 2. The message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
