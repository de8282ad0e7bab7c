import type { Alert } from '../../shared/domain/alert.ts';
import { type DispatchDependencies, dispatch, seenSince } from '../../shared/flow/dispatch.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { AssignmentView } from '../../shared/ports/dispatch-ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { QueueDepth } from '../../shared/ports/surroundings.ts';

export interface Dependencies extends DispatchDependencies {
  readonly alertLedger: AlertLedger;
  /** What the task queue holds. @throws {JrError} QUEUE_UNAVAILABLE */
  readonly queueDepth: () => Promise<QueueDepth>;
  readonly log: Log;
}

/** What one sweep did, in counts of tasks. */
export interface Summary {
  readonly assigned: number;
  /** Due, and still without a Jr: nobody has room, or nobody is online. */
  readonly unassigned: number;
  readonly jrs_online: number;
  /** Bells rung, those among them that had been lost. */
  readonly rung: number;
  readonly lost_bells: number;
}

/** What was rung more lately may still be on its way into the queue's counts, which are approximate. */
const lostAfterMs = 120_000;

/** The minute sweep of the backlog: looks for everything itself, whatever an earlier one has left undone. */
export async function run(deps: Dependencies): Promise<Summary> {
  const { dispatchLedger, queueDepth, clock, log, dispatching, alertLedger } = deps;
  const start = clock.now();
  const { visible, in_flight, delayed } = await queueDepth();
  const rungBefore = new Date(start.getTime() - lostAfterMs);
  const lostBells = await dispatchLedger.takeBackLostBells(visible + in_flight + delayed, rungBefore, start);
  const { assigned, dispatched } = await dispatch(
    { assign: dispatching.batch, ring: dispatching.window, lookForUnassigned: true },
    deps,
  );

  const now = clock.now();
  const left = await dispatchLedger.viewAssignment(seenSince(dispatching, now), now);
  await alertLedger.observe('auto-assign', nobodyOnline(left, deps, now), now);
  const summary: Summary = {
    assigned,
    unassigned: left.unassigned,
    jrs_online: left.online,
    rung: dispatched.length,
    lost_bells: lostBells,
  };
  log.info('auto_assign.sweep', { ...summary });
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
      summary: `${unassigned} tasks wait for a Jr and none is online.`,
      evidence: { unassigned, oldest_created_at: oldestUnassignedAt, last_seen: lastSeenAt },
      nextAction:
        'See why the Jrs do not answer with: npx jr workers. The tasks are assigned as soon as one is back.',
    },
  ];
}
