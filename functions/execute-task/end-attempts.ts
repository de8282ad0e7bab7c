import type { Bell } from '../../shared/domain/bell.ts';
import { type Arrival, afterArrival, type EntryState } from '../../shared/domain/ladder.ts';
import type { Lease } from '../../shared/domain/task.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import type { Claimed } from './claim.ts';
import { type Decision, type Decisions, waitForRows } from './decision.ts';
import type { Dependencies } from './dependencies.ts';
import type { Followed } from './followed.ts';
import { untilItAnswers } from './until-it-answers.ts';

/** How the attempts of a batch ended. */
export interface Ends {
  /** The tasks whose settlement was taken: nobody else had them by then. */
  readonly held: ReadonlySet<number>;
  /** Those that failed, with where the ladder took them. */
  readonly failed: readonly { readonly taskId: number; readonly entry: EntryState }[];
  /** Given back at no cost, with when to look at them again. */
  readonly givenBack: readonly Bell[];
  /** Taken over by somebody else while they ran. */
  readonly lost: readonly Lease[];
  readonly completed: readonly {
    readonly lease: Lease;
    readonly retried: boolean;
    /** Its journal may be left in the workspace. */
    readonly journal: boolean;
  }[];
}

/** With less than this left nothing is tried that may have to wait for a lock: bells have to be rung. */
const lockMarginMs = 15_000;

/**
 * Ends, in one statement, the attempts that did not end with what they wrote. A ledger that is away for a while is waited
 * for: an attempt whose end it never hears of counts as a crash. One that cannot end because somebody keeps its entry
 * locked, or a child, is given back, which needs neither.
 */
export async function endAttempts(
  decisions: Decisions,
  remainingMs: () => number,
  followed: Followed,
  deps: Dependencies,
): Promise<Ends> {
  const held = new Set(await settle(settledIn(decisions), remainingMs, followed, deps));
  if (remainingMs() >= lockMarginMs) {
    const kept: Decisions = new Map();
    for (const { task, settlement } of settledIn(decisions)) {
      const mayBeKept = !held.has(task.lease.taskId) && settlement.end.outcome !== 'interrupted';
      if (mayBeKept) kept.set(task, waitForRows(task));
    }
    for (const taskId of await settle(settledIn(kept), remainingMs, followed, deps)) held.add(taskId);
    for (const [task, decision] of kept) decisions.set(task, decision);
  }
  const settled = settledIn(decisions);
  const settlements = settled.map(({ settlement }) => settlement);
  return {
    held,
    failed: settlements.flatMap(({ lease, end }) =>
      end.outcome === 'failed' && held.has(lease.taskId) ? [{ taskId: lease.taskId, entry: end.entry }] : [],
    ),
    givenBack: settlements.flatMap(({ lease, end }) =>
      end.outcome === 'interrupted' && held.has(lease.taskId)
        ? [{ taskId: lease.taskId, delaySeconds: end.ringAfterSeconds ?? 0 }]
        : [],
    ),
    lost: [...decisions].flatMap(([{ lease }, { kind }]) =>
      kind === 'lost' || (kind === 'settle' && !held.has(lease.taskId)) ? [lease] : [],
    ),
    completed: [...decisions].flatMap(([{ lease, entry, evidence }, decision]) => {
      const task = { lease, retried: entry !== null };
      if (decision.kind === 'written') return [{ ...task, journal: !decision.cleared }];
      const ended = decision.kind === 'settle' && decision.settlement.end.outcome === 'completed';
      return ended && held.has(lease.taskId) ? [{ ...task, journal: evidence.length > 0 }] : [];
    }),
  };
}

type Settled = { readonly task: ClaimedTask } & (Decision & { readonly kind: 'settle' });

function settledIn(decisions: Decisions): Settled[] {
  return [...decisions].flatMap(([task, decision]) =>
    decision.kind === 'settle' ? [{ task, ...decision }] : [],
  );
}

/** Answers the tasks that were still held. */
async function settle(
  settled: readonly Settled[],
  remainingMs: () => number,
  followed: Followed,
  deps: Dependencies,
): Promise<ReadonlySet<number>> {
  if (settled.length === 0) return new Set();
  const { ledger, clock } = deps;
  const settlements = settled.map(({ settlement }) => settlement);
  return await followed.span(
    settled.map(({ task }) => task),
    'complete',
    () => untilItAnswers(() => ledger.settle(settlements, clock.now()), remainingMs, deps),
  );
}

/** Gives those that have crashed too often to a person. */
export async function raisePoison(
  { poison, torn }: Pick<Claimed, 'poison' | 'torn'>,
  { ledger, clock, rules, random }: Dependencies,
): Promise<void> {
  const taskIds = [...poison, ...torn.flatMap(task => (task.poison ? [task.lease.taskId] : []))];
  if (taskIds.length === 0) return;
  const decide = (arrival: Arrival) => afterArrival(arrival, rules, clock.now(), random());
  const arrivals = { taskIds, queueLevel: 0, maxRetries: rules.max_retries, now: clock.now() } as const;
  await ledger.recordArrivals(arrivals, decide);
}
