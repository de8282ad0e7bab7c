import { type Bell, inTraceOf } from '../../shared/domain/bell.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';

/** The tasks of a batch, followed through it: in the traces that their messages came in, and by the clock. */
export interface Followed {
  /** Runs work on tasks as a span in the traces of all. */
  span<T>(tasks: readonly ClaimedTask[], name: string, work: () => Promise<T>): Promise<T>;
  /** The same, and counts its time for each of the tasks. */
  during<T>(tasks: readonly ClaimedTask[], name: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds of the work that was counted for it. */
  workedMs(task: ClaimedTask): number;
  /** Milliseconds from the sending of its message to its claim; null for a later attempt, whose wait is meant. */
  queueDelayMs(task: ClaimedTask): number | null;
  /** The bells in the traces of the attempts that ring them. */
  inTrace(bells: readonly Bell[]): Bell[];
}

/**
 * @param messagesOf the ids of the messages that named a task
 * @param claimedAt when the batch was claimed
 */
export function follow(
  messages: readonly QueueMessage[],
  messagesOf: ReadonlyMap<number, readonly string[]>,
  claimedAt: Date,
  { tracer, clock }: { readonly tracer: Tracer; readonly clock: Clock },
): Followed {
  const byId = new Map(messages.map(message => [message.messageId, message]));
  const messagesAbout = (taskId: number) =>
    (messagesOf.get(taskId) ?? []).flatMap(messageId => byId.get(messageId) ?? []);
  const placesOf = (task: ClaimedTask) => {
    const attributes = attributesOf(task);
    return messagesAbout(task.lease.taskId).map(({ traceparent }) => ({
      parent: traceparent ?? null,
      attributes,
    }));
  };
  const span: Followed['span'] = (tasks, name, work) =>
    tracer.span(name, work, { in: () => tasks.flatMap(placesOf) });
  const worked = new Map<ClaimedTask, number>();
  return {
    span,
    async during(tasks, name, work) {
      const began = clock.now().getTime();
      try {
        return await span(tasks, name, work);
      } finally {
        const tookMs = clock.now().getTime() - began;
        for (const task of tasks) worked.set(task, (worked.get(task) ?? 0) + tookMs);
      }
    },
    workedMs: task => worked.get(task) ?? 0,
    queueDelayMs({ lease }) {
      if (lease.attempt > 1) return null;
      const sent = messagesAbout(lease.taskId).flatMap(({ sentAt }) => sentAt?.getTime() ?? []);
      return sent.length === 0 ? null : Math.max(0, claimedAt.getTime() - Math.min(...sent));
    },
    inTrace(bells) {
      const tasks = [...messagesOf].flatMap(([taskId, ids]) => ids.map(id => [id, taskId] as const));
      return inTraceOf(messages, tasks, bells);
    },
  };
}

function attributesOf({ lease, taskKey }: ClaimedTask) {
  return {
    'jr.task_id': lease.taskId,
    'jr.task_key': taskKey,
    'jr.attempt': lease.attempt,
    'jr.epoch': lease.epoch,
  };
}
