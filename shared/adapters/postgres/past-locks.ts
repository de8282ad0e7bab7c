import { isLockTimeout } from './each-by-itself.ts';

/** What a statement does with rows that somebody else has locked: it waits for them, or leaves them out. */
export type Locking = '' | 'skip locked';

/**
 * Waits for rows that somebody has for a moment; where somebody keeps one of them, as a person does in an open
 * transaction, the rest is done without it.
 */
export async function orPastLocks<T>(work: (locking: Locking) => Promise<T>): Promise<T> {
  try {
    return await work('');
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    return await work('skip locked');
  }
}
