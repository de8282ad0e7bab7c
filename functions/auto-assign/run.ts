import type { Alert } from '../../shared/domain/alert.ts';
import { type DispatchDependencies, dispatch, seenSince } from '../../shared/flow/dispatch.ts';
import { type Part, runParts } from '../../shared/flow/run-parts.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { AssignmentView } from '../../shared/ports/dispatch-ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { QueueDepth } from '../../shared/ports/surroundings.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';

export interface Dependencies extends DispatchDependencies {
  readonly alertLedger: AlertLedger;
  /** What the task queue holds. @throws {JrError} QUEUE_UNAVAILABLE */
  readonly queueDepth: () => Promise<QueueDepth>;
  readonly log: Log;
  readonly tracer: Tracer;
}

/** What one sweep did, in counts of tasks. */
export interface Summary {
  readonly assigned: number;
  /** Due, and still without a Jr: nobody has room, or nobody is online. With Jrs online counted up to a sweep's most. */
  readonly unassigned: number;
  readonly jrs_online: number;
  /** Bells rung, those among them that had been lost. */
  readonly rung: number;
  readonly lost_bells: number;
  /** Parts that failed: the log says why, and the next minute tries again. */
  readonly failed: readonly string[];
  /** Parts that were not begun for want of time. */
  readonly skipped: readonly string[];
}

/** What was rung more lately may still be on its way into the queue's counts, which are approximate. */
const lostAfterMs = 120_000;

/** A bell that a ping has overtaken was received by then as often as it may be. */
const surelyLostAfterMs = 1_800_000;

/** Bells that the queue should hold and does not. */
const takeBackLostBells: Part<Dependencies> = async ({ dispatchLedger, queueDepth, clock }) => {
  const start = clock.now();
  const { visible, in_flight, delayed } = await queueDepth();
  const ago = (ms: number) => new Date(start.getTime() - ms);
  const bells = {
    queued: visible + in_flight + delayed,
    rungBefore: ago(lostAfterMs),
    lostBefore: ago(surelyLostAfterMs),
  };
  const lost = await dispatchLedger.takeBackLostBells(bells, start);
  return { lost_bells: lost };
};

const assignAndRing: Part<Dependencies> = async deps => {
  const look = { assignAtMost: deps.dispatching.batch, lookForUnassigned: true };
  const { assigned, dispatched } = await dispatch(look, deps);
  return { assigned, rung: dispatched.length };
};

const lookWhoIsThere: Part<Dependencies> = async deps => {
  const { dispatchLedger, clock, dispatching, alertLedger } = deps;
  const now = clock.now();
  const left = await dispatchLedger.viewAssignment(seenSince(dispatching, now), now, dispatching.batch);
  await alertLedger.observe('auto-assign', nobodyOnline(left, deps, now), now);
  return { unassigned: left.unassigned, jrs_online: left.online };
};

/** In their order. While the queue is away tasks are assigned all the same: some Jrs look into the ledger themselves. */
const parts: Readonly<Record<string, Part<Dependencies>>> = {
  'lost bells': takeBackLostBells,
  dispatch: assignAndRing,
  'who is there': lookWhoIsThere,
};

const nothing = { assigned: 0, unassigned: 0, jrs_online: 0, rung: 0, lost_bells: 0 };

/** The minute sweep of the backlog: looks for everything itself, whatever an earlier one has left undone. */
export async function sweep(remainingMs: () => number, deps: Dependencies): Promise<Summary> {
  const { done, failed, skipped } = await runParts('auto_assign', parts, remainingMs, deps);
  const counts: Record<string, number> = Object.assign({}, ...Object.values(done));
  const summary: Summary = { ...nothing, ...counts, failed, skipped };
  deps.log.info('auto_assign.sweep', { ...summary });
  return summary;
}

/** Tasks wait, and for some minutes nobody has been there to be given them. */
function nobodyOnline(left: AssignmentView, { dispatching }: Dependencies, now: Date): Alert[] {
  const { online, unassigned, oldestUnassignedAt, lastSeenAt } = left;
  if (online > 0 || oldestUnassignedAt === null) return [];
  const since = new Date(Math.max(oldestUnassignedAt.getTime(), lastSeenAt?.getTime() ?? 0));
  const limitMs = dispatching.nobody_online_alert_minutes * 60_000;
  if (now.getTime() - since.getTime() < limitMs) return [];
  return [
    {
      name: 'nobody-online',
      target: 'operations',
      summary: `${unassigned === 1 ? '1 task waits' : `${unassigned} tasks wait`} for a Jr and none is online: assigned as soon as one is back.`,
      evidence: { unassigned, oldest_created_at: oldestUnassignedAt, last_seen: lastSeenAt },
      nextAction: 'npx jr workers',
    },
  ];
}
