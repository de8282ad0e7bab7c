import type { Ends } from './end-attempts.ts';
import type { Outcome } from './outcome.ts';

/** What an invocation did, in counts of messages (received, rejected, pinged) and of tasks (the others). */
export interface Summary {
  readonly received: number;
  readonly rejected: number;
  readonly pinged: number;
  /** Bells for tasks that there are not. */
  readonly unknown: number;
  /** Taken in and left to wait in the ledger for a bell. */
  readonly held: number;
  readonly claimed: number;
  readonly completed: number;
  readonly failed: number;
  /** Of the failed: those that are tried again by themselves. */
  readonly retrying: number;
  /** Of the failed: those that wait for a person. */
  readonly raised: number;
  /** Given back before the deadline, at no cost. */
  readonly interrupted: number;
  /** Taken over by somebody else while they ran; nothing was written. */
  readonly lost: number;
  /** Not run, but freed of what an attempt had left half-written. */
  readonly put_back: number;
  /** Ended without a word, as a crash would. */
  readonly broken: number;
  /** Ids of the messages that SQS shall deliver again: their tasks' attempts ended without a word. */
  readonly returned: readonly string[];
  /** Planning and writing of each task. */
  readonly durations_ms: readonly number[];
  /** From sending to claim, of each task that was claimed for the first time. */
  readonly queue_delays_ms: readonly number[];
  /** Bells rung for others that were waiting. */
  readonly dispatched: number;
}

/** The part of the summary that is about attempts. */
export function summaryOf(
  outcomes: readonly Outcome[],
  { failed, lost }: Ends,
): Omit<
  Summary,
  'received' | 'rejected' | 'pinged' | 'unknown' | 'held' | 'put_back' | 'returned' | 'dispatched'
> {
  const count = (kind: Outcome['outcome']) => outcomes.filter(({ outcome }) => outcome === kind).length;
  return {
    claimed: outcomes.length,
    completed: count('completed'),
    failed: count('failed'),
    retrying: failed.filter(({ entry }) => entry.status === 'retrying').length,
    raised: failed.filter(({ entry }) => entry.status === 'unresolved').length,
    interrupted: count('interrupted'),
    lost: lost.length,
    broken: count('broken'),
    durations_ms: outcomes.map(({ duration_ms }) => duration_ms),
    queue_delays_ms: outcomes.flatMap(({ queue_delay_ms }) => queue_delay_ms ?? []),
  };
}
