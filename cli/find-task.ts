import type { LedgerView } from '../shared/ports/ledger-view.ts';
import { UsageError } from './failures.ts';

/**
 * The task that is meant by its id, or by the id of the message that brought it, which is its `task_key` in the logs.
 *
 * @throws {UsageError} when there is none, or when the message was refused
 */
export async function findTask(view: LedgerView, id: string): Promise<number> {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw new UsageError(`${id} is neither a task id nor a message id.`);
  const fate = await view.findByMessage(id, null);
  if (fate?.kind === 'task') return fate.taskId;
  if (fate?.kind === 'rejected') throw new UsageError(`Message ${id} was refused: ${fate.reason}`);
  throw new UsageError(
    `Nothing is known of message ${id}: it may still be on the queue. One whose dedupe_key had come before is known by the first that had it.`,
  );
}
