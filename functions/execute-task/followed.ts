import { type Bell, inTraceOf } from '../../shared/domain/bell.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import type { SpanOptions, Tracer } from '../../shared/ports/tracer.ts';
import { about } from './about.ts';

/** The tasks of a batch, followed through it: in the traces that their messages came in, and by the clock. */
export interface Followed {
  /** Runs work on one task as a span in its traces, and counts its time for the task. */
  during<T>(task: ClaimedTask, name: string, work: () => Promise<T>): Promise<T>;
  /** Runs work on several tasks at once as a span in the traces of all. */
  duringAll<T>(tasks: readonly ClaimedTask[], name: string, work: () => Promise<T>): Promise<T>;
  /** Milliseconds of work on this task alone. */
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
  const places = (task: ClaimedTask): NonNullable<SpanOptions['in']> =>
    messagesAbout(task.lease.taskId).map(({ traceparent }) => ({
      parent: traceparent ?? null,
      attributes: attributesOf(task),
    }));
  const tasks = [...messagesOf].flatMap(([taskId, ids]) => ids.map(id => [id, taskId] as const));
  const worked = new Map<ClaimedTask, number>();
  return {
    async during(task, name, work) {
      const began = clock.now().getTime();
      try {
        return await tracer.span(name, work, { in: places(task) });
      } finally {
        worked.set(task, (worked.get(task) ?? 0) + clock.now().getTime() - began);
      }
    },
    duringAll: (tasks, name, work) => tracer.span(name, work, { in: tasks.flatMap(places) }),
    workedMs: task => worked.get(task) ?? 0,
    queueDelayMs({ lease }) {
      if (lease.attempt > 1) return null;
      const sent = messagesAbout(lease.taskId).flatMap(({ sentAt }) => sentAt?.getTime() ?? []);
      return sent.length === 0 ? null : Math.max(0, claimedAt.getTime() - Math.min(...sent));
    },
    inTrace: bells => inTraceOf(messages, tasks, bells),
  };
}

function attributesOf(task: ClaimedTask) {
  return Object.fromEntries(Object.entries(about(task)).map(([name, value]) => [`jr.${name}`, value]));
}
