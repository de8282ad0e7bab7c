import pg from 'pg';

/** SQLSTATE: the lock_timeout of the session has passed. */
const lockNotAvailable = '55P03';

/** Whether a statement waited too long for what somebody else holds. */
export function isLockTimeout(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === lockNotAvailable;
}

/**
 * Writes of several tasks in one statement. Where somebody keeps one of them locked, as a person does in an open
 * transaction, each is written by itself: the others of its batch are not lost with it. Answers the ids that `write` did,
 * without those that are locked.
 */
export async function orEachByItself<T>(
  items: readonly T[],
  write: (items: readonly T[]) => Promise<ReadonlySet<number>>,
): Promise<ReadonlySet<number>> {
  try {
    return await write(items);
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    if (items.length === 1) return new Set();
  }
  const done: number[] = [];
  for (const item of items) done.push(...(await orEachByItself([item], write)));
  return new Set(done);
}
