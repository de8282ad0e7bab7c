import { countsAsAnswer, type LivenessRules } from '../../shared/domain/liveness.ts';
import type { Decoded, QueueMessage } from '../../shared/domain/message.ts';
import { redact } from '../../shared/domain/redact.ts';
import { sortMessages } from '../../shared/domain/sort-messages.ts';
import type { DispatchRules } from '../../shared/flow/dispatch.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { Ledger, Rejection } from '../../shared/ports/ledger.ts';
import { type RoutingDependencies, routeSubmissions } from './route-submissions.ts';

export interface IntakeDependencies extends RoutingDependencies {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly decode: (body: string) => Decoded;
  readonly liveness: LivenessRules;
  readonly dispatching: DispatchRules;
}

/** What a batch of messages is about, in counts but for the tasks. */
export interface TakenIn {
  /** The tasks that are to be claimed, each with the messages that named it. */
  readonly messagesOf: ReadonlyMap<number, readonly string[]>;
  /** Taken in and left to wait in the ledger for a bell. */
  readonly held: number;
  readonly rejected: number;
  readonly pinged: number;
}

/** Decodes, routes and takes in the batch. */
export async function takeIn(messages: readonly QueueMessage[], deps: IntakeDependencies): Promise<TakenIn> {
  const { ledger, clock, decode, log, liveness, dispatching } = deps;
  const { submissions, bells, pings, rejections } = sortMessages(messages, decode);
  const messagesOf = new Map<number, string[]>();
  const name = (taskId: number, messageId: string) =>
    messagesOf.set(taskId, [...(messagesOf.get(taskId) ?? []), messageId]);
  for (const { taskId, messageId } of bells) name(taskId, messageId);

  const now = clock.now();
  let rejected: readonly Rejection[] = [];
  let held = 0;
  if (submissions.length + rejections.length > 0) {
    const { accepted, refused } = await routeSubmissions(submissions, deps);
    const taken = await ledger.takeIn(
      { submissions: accepted, rejections: [...rejections, ...refused], window: dispatching.window },
      now,
    );
    for (const [messageId, taskId] of taken.taskIds) if (!taken.held.has(taskId)) name(taskId, messageId);
    held = taken.held.size;
    rejected = taken.rejected;
    for (const { messageId, reason } of rejected)
      log.warn('submission.rejected', { message_id: messageId, reason: redact(reason) });
  }
  // What comes late proves nothing about now.
  const late = pings.filter(({ sentAt }) => !countsAsAnswer(sentAt, liveness, now));
  for (const { jrName, sentAt } of late) log.warn('ping.late', { jr_name: jrName, sent_at: sentAt });
  const jrNames = pings.filter(ping => !late.includes(ping)).map(({ jrName }) => jrName);
  const seen = jrNames.length === 0 ? new Set() : await ledger.recordPings(jrNames, now);
  for (const jrName of jrNames) if (!seen.has(jrName)) log.warn('ping.unknown_jr', { jr_name: jrName });
  return { messagesOf, held, rejected: rejected.length, pinged: seen.size };
}
