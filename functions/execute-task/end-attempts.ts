import type { Bell } from '../../shared/domain/bell.ts';
import { type Arrival, afterArrival, type EntryState } from '../../shared/domain/ladder.ts';
import type { Lease } from '../../shared/domain/task.ts';
import type { Claimed } from './claim.ts';
import type { Decisions } from './decision.ts';
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

/**
 * Ends, in one statement, the attempts that did not end with what they wrote. A ledger that is away for a while is waited
 * for: an attempt whose end it never hears of counts as a crash.
 */
export async function endAttempts(
  decisions: Decisions,
  remainingMs: () => number,
  followed: Followed,
  deps: Dependencies,
): Promise<Ends> {
  const { ledger, clock } = deps;
  const settled = [...decisions].flatMap(([task, decision]) =>
    decision.kind === 'settle' ? [{ task, ...decision }] : [],
  );
  const settlements = settled.map(({ settlement }) => settlement);
  const held: ReadonlySet<number> =
    settled.length === 0
      ? new Set()
      : await followed.span(
          settled.map(({ task }) => task),
          'complete',
          () => untilItAnswers(() => ledger.settle(settlements, clock.now()), remainingMs, deps),
        );
  return {
    held,
    failed: settlements.flatMap(({ lease, end }) =>
      end.outcome === 'failed' && held.has(lease.taskId) ? [{ taskId: lease.taskId, entry: end.entry }] : [],
    ),
    givenBack: settled.flatMap(({ settlement: { lease, end }, ringAfterSeconds = 0 }) =>
      end.outcome === 'interrupted' && held.has(lease.taskId)
        ? [{ taskId: lease.taskId, delaySeconds: ringAfterSeconds }]
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
