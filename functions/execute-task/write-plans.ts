import { type Failure, failure, JrError } from '../../shared/domain/failure.ts';
import { isFirst } from '../../shared/domain/task.ts';
import { changesOf, placesWritten } from '../../shared/edit/changes.ts';
import type { Plan } from '../../shared/edit/types.ts';
import type { ClaimedTask, Settlement } from '../../shared/ports/ledger.ts';
import type { WorkspaceWrite } from '../../shared/ports/workspace.ts';
import { type Decision, stopped, waitFor } from './decision.ts';
import type { AttemptDependencies } from './dependencies.ts';
import { assertHeld, forgetJournals, holdersOf, journalOf } from './half-written.ts';
import { completed } from './settlements.ts';

/** A plan whose intent is recorded. */
export interface PlannedWrite {
  readonly task: ClaimedTask;
  readonly plan: Plan;
  /** Where the files are that it writes, links followed. */
  readonly paths: readonly string[];
}

/** What came of writing a plan. */
export type Written =
  | Decision
  /** Somebody changed a file between planning and writing: it has to be planned anew. */
  | { readonly kind: 'changed'; readonly failure: Failure }
  /** Another invocation holds what it needs: it has to wait, which the others need not. */
  | { readonly kind: 'busy' };

/**
 * Writes plans whose intents are recorded and completes their tasks, in one short transaction: locks, fences, files,
 * completion. One that cannot be written harms no other. One that is still being written when the time is
 * `over` stops there and is given back.
 */
export async function writePlans(
  writes: readonly PlannedWrite[],
  over: () => boolean,
  deps: AttemptDependencies,
): Promise<Map<ClaimedTask, Written>> {
  const { ledger, workspace, clock, tracer } = deps;
  const ends = new Map<ClaimedTask, Written>();
  const started = clock.now();
  const leased = ({ task: { lease }, paths }: PlannedWrite) => ({ lease, paths });
  try {
    await ledger.writeUnderLease(writes.map(leased), started, async transaction => {
      const held = writes.filter(({ task }) => transaction.held.has(task.lease.taskId));
      // Whoever is alive and writes these files has their locks, so that journals that know them are of the dead.
      const holders = await holdersOf(held.map(leased), deps);
      const free = held.filter((_, at) => holders[at] === null);
      const answers = await workspace.write(free.map(each => toWrite(each, over, deps)));
      const now = clock.now();
      const settlements: Settlement[] = [];
      for (const { task } of writes) ends.set(task, { kind: 'busy' });
      held.forEach(({ task }, at) => {
        const holder = holders[at] ?? null;
        if (holder !== null) ends.set(task, waitFor(task, holder, deps));
      });
      free.forEach(({ task, plan }, at) => {
        const error = answers[at] ?? null;
        if (error === null) {
          const end = completed(task.lease, plan, now.getTime() - started.getTime());
          settlements.push({ ...end, recorded: 'this plan' });
          ends.set(task, { kind: 'written', cleared: false });
        } else if (error instanceof JrError && error.code === 'FILE_CHANGED') {
          ends.set(task, { kind: 'changed', failure: failure(error.code, error.message) });
        } else ends.set(task, stopped(task, error, deps));
      });
      if (settlements.length > 0) await tracer.span('complete', () => transaction.settle(settlements, now));
    });
  } catch (error) {
    for (const { task } of writes) {
      const end = ends.get(task);
      // What was written is not completed: the next attempt finds it done.
      if (end === undefined || end.kind === 'written') ends.set(task, stopped(task, error, deps));
    }
    return ends;
  }
  const written = writes.filter(({ task }) => ends.get(task)?.kind === 'written');
  const left = new Set(
    await forgetJournals(
      written.map(({ task: { lease }, plan }) =>
        isFirst(lease) ? { ...lease, only: placesWritten(plan) } : lease,
      ),
      deps,
    ),
  );
  for (const { task } of written) ends.set(task, { kind: 'written', cleared: !left.has(task.lease.taskId) });
  return ends;
}

function toWrite(
  { task: { lease }, plan }: PlannedWrite,
  over: () => boolean,
  { clock }: AttemptDependencies,
): WorkspaceWrite {
  return {
    journal: journalOf(lease),
    changes: changesOf(plan),
    mayWrite(placed) {
      assertHeld(lease, clock.now());
      // An attempt that has brought nothing into place would be given back for ever.
      if (placed === 0 || !over()) return;
      throw new JrError('DEADLINE', `The time of the function ended while task ${lease.taskId} was written.`);
    },
  };
}
