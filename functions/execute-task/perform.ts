import { type Failure, failure, JrError } from '../../shared/domain/failure.ts';
import type { Plan } from '../../shared/edit/types.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import type { FileChange } from '../../shared/ports/workspace.ts';
import { decide, recordIntent } from './decide.ts';
import { type Decision, fail, guarded, waitFor } from './decision.ts';
import type { AttemptDependencies } from './dependencies.ts';
import { assertHeld, forgetJournals, holderOf, journalOf } from './half-written.ts';
import { completed } from './settlements.ts';

/** How often a task is planned anew because somebody changed its files between planning and writing. */
const maxPlans = 3;

/**
 * Writes a plan whose intent is recorded and completes its task in the same transaction. Files that changed since
 * they were planned are planned anew; so is everything when `recorded` is null.
 */
export async function perform(
  task: ClaimedTask,
  recorded: Plan | null,
  deps: AttemptDependencies,
): Promise<Decision> {
  return await guarded(task, deps, async () => {
    let plan = recorded;
    let changed: Failure | null = null;
    for (let plans = 0; plans < maxPlans; plans++) {
      if (plan === null) {
        const again = new Map([[task, await decide(task, deps)]]);
        await recordIntent(again, deps);
        const decision = again.get(task);
        if (decision?.kind !== 'write') return decision ?? { kind: 'lost' };
        plan = decision.plan;
      }
      try {
        const holder = await write(task, plan, deps);
        if (holder !== null) return waitFor(task, holder, deps);
        return { kind: 'written', cleared: (await forgetJournals([task.lease.taskId], deps)).length === 0 };
      } catch (error) {
        if (!(error instanceof JrError) || error.code !== 'FILE_CHANGED') throw error;
        changed = failure(error.code, error.message);
        plan = null;
      }
    }
    const message = `${changed?.message} It was planned ${maxPlans} times and changed each time.`;
    return fail(task, null, [failure('FILE_CHANGED', message)], deps);
  });
}

/** One short transaction: locks, fence, files, completion. Answers who has the files instead, when somebody has. */
async function write({ lease }: ClaimedTask, plan: Plan, deps: AttemptDependencies): Promise<number | null> {
  const { ledger, workspace, clock, tracer } = deps;
  let holder: number | null = null;
  const started = clock.now();
  const changes = plan.files.flatMap((file): FileChange[] =>
    file.changed && file.after !== null ? [{ path: file.path, before: file.before, after: file.after }] : [],
  );
  const paths = changes.map(({ path }) => path);
  await ledger.writeUnderLease(lease, paths, started, async transaction => {
    // Whoever is alive and writes these files has their locks, so that journals that know them are of the dead.
    holder = await holderOf(lease, paths, deps);
    if (holder !== null) return;
    const journal = { key: journalOf(lease), epoch: lease.epoch };
    await workspace.write(journal, changes, () => assertHeld(lease, clock.now()));
    const now = clock.now();
    const end = completed(lease, plan, now.getTime() - started.getTime());
    await tracer.span('complete', () => transaction.settle({ ...end, recorded: 'this plan' }, now));
  });
  return holder;
}
