import { setTimeout as sleep } from 'node:timers/promises';
import type { LedgerView, MessageFate, TaskDetail } from '../shared/ports/ledger-view.ts';
import { byItself } from './task-text.ts';

/** Most tasks take milliseconds: look often at first, so that their progress is seen, and then ever less. */
function pauses(): () => Promise<unknown> {
  let ms = 10;
  return () => {
    const pause = sleep(ms);
    ms = Math.min(ms * 1.1, 500);
    return pause;
  };
}

/** The states that a task leaves only when somebody does something, unless it goes on by itself. */
const restingStatuses: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'blocked']);

/** Whether a task has come to rest: it has ended, or it waits for a person. */
function isAtRest(task: TaskDetail): boolean {
  return restingStatuses.has(task.status) && byItself(task) === null;
}

/**
 * Waits until the message has been taken in or refused. When it has not been after `patienceMs`, `goesOn` is asked once
 * whether to wait on: null where not.
 */
export async function awaitMessage(
  view: Pick<LedgerView, 'findByMessage'>,
  messageId: string,
  dedupeKey: string | null,
  patienceMs: number,
  goesOn: () => boolean = () => false,
): Promise<MessageFate> {
  const until = Date.now() + patienceMs;
  const pause = pauses();
  let asked = false;
  for (;;) {
    const fate = await view.findByMessage(messageId, dedupeKey);
    if (fate !== null) return fate;
    if (!asked && Date.now() >= until) {
      if (!goesOn()) return null;
      asked = true;
    }
    await pause();
  }
}

/** Follows a task until it rests; calls `onChange` for the first state and for each one that differs. */
export async function followTask(
  view: Pick<LedgerView, 'getTask'>,
  id: number,
  onChange: (task: TaskDetail) => void,
): Promise<TaskDetail | null> {
  let shown = '';
  const pause = pauses();
  for (;;) {
    const task = await view.getTask(id);
    if (task === null) return null;
    const state = `${task.status} ${task.progress_percent} ${task.status_message} ${task.attempt_count} ${task.next_retry_timestamp}`;
    if (state !== shown) onChange(task);
    shown = state;
    if (isAtRest(task)) return task;
    await pause();
  }
}
