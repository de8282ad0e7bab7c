import type { EntryState } from './ladder.ts';
import type { QueueMessage } from './message.ts';

/** Longer than this SQS keeps no message back. */
export const maxDelaySeconds = 900;

/** "Look at this task", now or after a while of at most {@link maxDelaySeconds}. It carries no truth (invariant 2). */
export interface Bell {
  readonly taskId: number;
  readonly delaySeconds: number;
  /** W3C trace context of what rings it, so that the attempt that it leads to is found beside; none for a sweep. */
  readonly traceparent?: string | null;
}

/**
 * The bells for tasks that are to be retried. A wait that is longer than SQS knows has none here: it is rung at its end
 * by a one-time schedule or by the minute sweep.
 */
export function retryBells(
  failed: readonly { readonly taskId: number; readonly entry: EntryState }[],
  now: Date,
): Bell[] {
  return failed.flatMap(({ taskId, entry }) => {
    if (entry.status !== 'retrying') return [];
    const delaySeconds = secondsUntil(entry.nextRetryAt, now);
    return delaySeconds > maxDelaySeconds ? [] : [{ taskId, delaySeconds }];
  });
}

/** Those that wait longer than SQS knows, with their times: for one-time schedules. */
export function longWaits(
  failed: readonly { readonly taskId: number; readonly entry: EntryState }[],
  now: Date,
): { taskId: number; at: Date }[] {
  return failed.flatMap(({ taskId, entry }) =>
    entry.status === 'retrying' && secondsUntil(entry.nextRetryAt, now) > maxDelaySeconds
      ? [{ taskId, at: entry.nextRetryAt }]
      : [],
  );
}

/** Whole seconds until a time, none when it has passed. */
export function secondsUntil(time: Date, now: Date): number {
  return Math.max(0, Math.ceil((time.getTime() - now.getTime()) / 1000));
}

/**
 * Bells, each in the trace of the message that named its task, so that the attempt it leads to is found beside it.
 *
 * @param tasks the id of a message and of the task that it named
 */
export function inTraceOf(
  messages: readonly QueueMessage[],
  tasks: Iterable<readonly [messageId: string, taskId: number]>,
  bells: readonly Bell[],
): Bell[] {
  const traceparents = new Map(messages.map(({ messageId, traceparent }) => [messageId, traceparent]));
  const traceOf = new Map<number, string>();
  for (const [messageId, taskId] of tasks) {
    const traceparent = traceparents.get(messageId);
    if (traceparent != null) traceOf.set(taskId, traceparent);
  }
  return bells.map(bell => {
    const traceparent = traceOf.get(bell.taskId);
    return traceparent === undefined ? bell : { ...bell, traceparent };
  });
}
