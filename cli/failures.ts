/** Exit codes of the command line (design section 11). */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The sentence of an error that a function would try again by itself: a command is not. */
export function saidOnce(message: string): string {
  return message.replace(/ It is tried again\.$/, '');
}

/** The command cannot be carried out as asked, or not here: exit code 2. The message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
