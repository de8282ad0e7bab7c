import { isFirst } from '../../shared/domain/task.ts';
import type { Plan } from '../../shared/edit/types.ts';
import { planTask } from '../../shared/flow/plan-task.ts';
import { workspacePath } from '../../shared/instruction/paths.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import { type Decision, type Decisions, fail, guarded, settle, stopped, waitFor } from './decision.ts';
import type { AttemptDependencies } from './dependencies.ts';
import { assertHeld, filesOf, holdersOf, journalOf, realPathsOf } from './half-written.ts';
import { completed, intent } from './settlements.ts';

/**
 * How files are read that may be half-written meanwhile: for the first time, once more, or `watched` by the caller, who has
 * them read anew unless the workspace was at rest all the time.
 */
export type Reading = 'first' | 'again' | 'watched';

/** Plans a task and decides what its attempt does. Writes nothing. */
export async function decide(
  task: ClaimedTask,
  deps: AttemptDependencies,
  reading: Reading = 'first',
): Promise<Decision> {
  return await guarded(task, deps, async () => {
    const watched = reading === 'watched';
    const atRestSince = watched ? null : await deps.workspace.atRestSince();
    const document = { ...task, taskId: task.lease.taskId };
    let planned = await planTask(document, deps);
    if (planned.kind === 'planned' && isAnother(planned.plan, task)) {
      // What a dead attempt wrote of the old document is no ground for the new one.
      const restored = await rollBack(task, deps);
      if (restored.length > 0) planned = await planTask(document, deps);
    }
    const writer = watched || atRestSince !== null ? null : await writerOfDocument(task, deps);
    if (writer !== null) return waitFor(task, writer, deps);
    if (planned.kind === 'unreadable') return fail(task, null, [planned.failure], deps);
    const { plan } = planned;
    const writes = plan.ok && plan.files.some(file => file.changed);
    if (writes) return { kind: 'write', plan };
    if (!watched) {
      const [holder = null] = await holdersOf([{ lease: task.lease, paths: placesOf(plan) }], deps);
      if (holder !== null) return waitFor(task, holder, deps);
    }
    // What was half-written when it was read may have been put back since, and the journal that knew of it be gone.
    if (reading === 'first' && (atRestSince === null || atRestSince !== (await deps.workspace.atRestSince())))
      return await decide(task, deps, 'again');
    const [first, ...others] = plan.failures;
    if (first !== undefined) {
      const restored = await rollBack(task, deps);
      return fail(task, plan, [first, ...others], deps, restored);
    }
    // Invariant 7: the bytes just read are the evidence.
    return settle(completed(task.lease, plan, 0));
  });
}

/** The task that has the document of this one half-written, where it is a file of the workspace. */
async function writerOfDocument(
  { lease, instructionContent, instructionFile }: ClaimedTask,
  deps: AttemptDependencies,
): Promise<number | null> {
  if (instructionContent !== null || instructionFile === null) return null;
  const place = workspacePath(instructionFile, deps.pathPrefixes);
  if (place.kind === 'refused') return null;
  const paths = await realPathsOf([place], deps.workspace);
  const [writer = null] = await holdersOf([{ lease, paths }], deps);
  return writer;
}

/** Whether earlier attempts recorded a step that the document does not have any more: its number and its content say so. */
function isAnother({ steps }: Plan, { evidence }: ClaimedTask): boolean {
  if (evidence.length === 0) return false;
  const known = new Set(steps.map(({ stepNumber, contentHash }) => `${stepNumber} ${contentHash}`));
  return evidence.some(({ stepNumber, contentHash }) => !known.has(`${stepNumber} ${contentHash}`));
}

/**
 * An earlier attempt may have died between two renames, and the rest of its document fits no more: what it wrote is put
 * back, so that it is all or nothing after all (invariant 4). Answers the files that were.
 */
async function rollBack(
  { lease, evidence }: ClaimedTask,
  { ledger, workspace, clock }: AttemptDependencies,
): Promise<readonly string[]> {
  const written = filesOf(evidence);
  if (written.length === 0) return [];
  let restored: readonly string[] = [];
  const paths = await realPathsOf(written, workspace);
  await ledger.writeUnderLease([{ lease, paths }], clock.now(), async () => {
    const mayWrite = () => assertHeld(lease, clock.now());
    ({ restored } = await workspace.restore(journalOf(lease), written, mayWrite));
  });
  return restored;
}

/**
 * Puts the plans that are about to be written into the ledger, in one statement; drops those no longer held, and stops all
 * where it is away: none is written whose intent it may not know. `again`: they are not the first of their attempts.
 */
export async function recordIntent(
  decisions: Decisions,
  again: boolean,
  deps: AttemptDependencies,
): Promise<void> {
  const writers = [...decisions].flatMap(([task, decision]) =>
    decision.kind === 'write' ? [{ task, plan: decision.plan }] : [],
  );
  if (writers.length === 0) return;
  const plans = writers.map(({ task: { lease }, plan }) => ({
    lease,
    steps: intent(plan),
    ...(again || !isFirst(lease) ? {} : { recorded: 'nothing' as const }),
  }));
  try {
    const held = await deps.ledger.recordPlans(plans, deps.clock.now());
    for (const { task } of writers) if (!held.has(task.lease.taskId)) decisions.set(task, { kind: 'lost' });
  } catch (error) {
    for (const { task } of writers) decisions.set(task, stopped(task, error, deps));
  }
}

function placesOf({ files }: Plan): string[] {
  return files.map(({ realPath }) => realPath);
}
