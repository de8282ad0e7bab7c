import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { StackError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/** Another process runs or starts the stack of this state folder. */
export class StackBusy extends StackError {}

/**
 * Takes the state folder for this process. It is a lock of the operating system, by way of SQLite: it goes with the
 * process, however that ends, so there are no stale ones to judge by process numbers.
 * @throws {StackBusy} when another process has it
 * @returns gives it back
 */
export function lockState(stateDir: string): () => void {
  makeFolder(stateDir);
  // The wait outlasts those who only look whether it is taken.
  const db = new DatabaseSync(join(stateDir, 'lock.db'), { timeout: 200 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked/.test(error.message)) {
      throw new StackBusy(`The local stack of ${stateDir} is running or starting already.`);
    }
    throw error;
  }
  return () => db.close();
}
