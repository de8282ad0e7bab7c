import { errorClasses, type Failure, failure, JrError, worstClass } from '../../shared/domain/failure.ts';
import { afterFailure, type LadderRules } from '../../shared/domain/ladder.ts';
import { redact } from '../../shared/domain/redact.ts';
import type { Approval } from '../../shared/domain/task.ts';
import { planHash } from '../../shared/edit/plan-hash.ts';
import type { Plan } from '../../shared/edit/types.ts';
import { type Planning, planTask } from '../../shared/flow/plan-task.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { ClaimedTask, Ledger, Settlement } from '../../shared/ports/ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import type { FileChange } from '../../shared/ports/workspace.ts';
import { about } from './about.ts';
import { assertHeld, filesOf, forgetJournals, holderOf, journalOf } from './half-written.ts';
import { completed, failed, intent, interrupted } from './settlements.ts';

export interface AttemptDependencies extends Planning {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly rules: LadderRules;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** How far one attempt has come within its invocation. */
export type Decision =
  /** The plan holds and files have to be written. */
  | { readonly kind: 'write'; readonly plan: Plan }
  /** Nothing to write, or nothing that may be: the end waits for the statement that ends the whole batch. */
  | { readonly kind: 'settle'; readonly settlement: Settlement; readonly ringAfterSeconds?: number }
  /** Written and completed, in one transaction. `cleared`: its journal is gone. */
  | { readonly kind: 'written'; readonly cleared: boolean }
  /** Somebody else holds the task by now. */
  | { readonly kind: 'lost' }
  /** Ended without a word, as a crash would: the message comes again and finds the lease run out. */
  | { readonly kind: 'broken' };

/** How often a task is planned anew because somebody changed its files between planning and writing. */
const maxPlans = 3;

/** A task that needs what another one holds looks again after this long. */
const heldAgainSeconds = 120;

/** Plans a task and decides what its attempt does. Writes nothing. */
export async function decide(task: ClaimedTask, deps: AttemptDependencies): Promise<Decision> {
  return await guarded(task, deps, async () => {
    const document = { ...task, taskId: task.lease.taskId };
    let planned = await planTask(document, deps);
    if (planned.kind === 'planned' && isAnother(planned.plan, task)) {
      // What a dead attempt wrote of the old document is no ground for the new one.
      const restored = await rollBack(task, deps);
      if (restored.length > 0) planned = await planTask(document, deps);
    }
    if (planned.kind === 'unreadable') return fail(task, null, [planned.failure], deps);
    const { plan } = planned;
    const writes = plan.ok && plan.files.some(file => file.changed);
    if (writes) return { kind: 'write', plan };
    const holder = await holderOf(task.lease, pathsOf(plan), deps);
    if (holder !== null) return waitFor(task, holder, deps);
    const [first, ...others] = plan.failures;
    if (first !== undefined) {
      const restored = await rollBack(task, deps);
      return fail(task, plan, [first, ...others], deps, restored);
    }
    // Invariant 7: the bytes just read are the evidence.
    return settle(completed(task.lease, plan, 0));
  });
}

/** Whether earlier attempts recorded a step that the document does not have any more: its number and its content say so. */
function isAnother({ steps }: Plan, { evidence }: ClaimedTask): boolean {
  const known = new Set(steps.map(({ stepNumber, contentHash }) => `${stepNumber} ${contentHash}`));
  return evidence.some(({ stepNumber, contentHash }) => !known.has(`${stepNumber} ${contentHash}`));
}

/** The end of a failed attempt, with where the ladder takes its task. */
function fail(
  task: ClaimedTask,
  plan: Plan | null,
  failures: readonly [Failure, ...Failure[]],
  { rules, random, clock, sha256 }: AttemptDependencies,
  restored: readonly string[] | null = null,
): Decision {
  const errorClass = worstClass(failures.map(({ code }) => errorClasses[code]));
  const approvalNeeded: Approval | null =
    plan !== null && errorClass === 'approval'
      ? { planHash: planHash(plan, sha256), errorCodes: [...new Set(failures.map(({ code }) => code))] }
      : null;
  const entry = afterFailure(task.entry, errorClass, rules, clock.now(), random());
  const maxRetries = rules.max_retries;
  return settle(
    failed(task.lease, plan, failures, { errorClass, entry, maxRetries, approvalNeeded }, restored),
  );
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
  const paths = written.map(({ path }) => path);
  await ledger.writeUnderLease(lease, paths, clock.now(), async () => {
    const mayWrite = () => assertHeld(lease, clock.now());
    ({ restored } = await workspace.restore(journalOf(lease), written, mayWrite));
  });
  return restored;
}

/** Puts the plans that are about to be written into the ledger, in one statement; drops those no longer held. */
export async function recordIntent(
  decisions: Map<ClaimedTask, Decision>,
  { ledger, clock }: AttemptDependencies,
): Promise<void> {
  const writers = [...decisions].flatMap(([task, decision]) =>
    decision.kind === 'write' ? [{ task, plan: decision.plan }] : [],
  );
  if (writers.length === 0) return;
  const held = await ledger.recordPlans(
    writers.map(({ task, plan }) => ({ lease: task.lease, steps: intent(plan) })),
    clock.now(),
  );
  for (const { task } of writers) if (!held.has(task.lease.taskId)) decisions.set(task, { kind: 'lost' });
}

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
    await tracer.span('complete', () => transaction.settle(end, now));
  });
  return holder;
}

/** A task that needs a file which another one left half-written is given back until that one has gone on or back. */
function waitFor(task: ClaimedTask, holder: number, { log }: AttemptDependencies): Decision {
  log.info('attempt.waits', { ...about(task), holder });
  const statusMessage = `waits for task ${holder}, whose attempt died while it was writing the same files`;
  return {
    kind: 'settle',
    settlement: interrupted(task.lease, statusMessage),
    ringAfterSeconds: heldAgainSeconds,
  };
}

function pathsOf({ files }: Plan): string[] {
  return files.map(({ path }) => path);
}

function settle(settlement: Settlement): Decision {
  return { kind: 'settle', settlement };
}

/** What one attempt throws must not touch the others of its batch. */
async function guarded(
  task: ClaimedTask,
  deps: AttemptDependencies,
  work: () => Promise<Decision>,
): Promise<Decision> {
  const { log } = deps;
  try {
    return await work();
  } catch (error) {
    const fields = about(task);
    if (error instanceof JrError) {
      log.warn('attempt.stopped', { ...fields, error_code: error.code, message: redact(error.message) });
      if (error.code === 'LEASE_LOST') return { kind: 'lost' };
      if (error.code !== 'LEDGER_UNAVAILABLE') {
        return fail(task, null, [failure(error.code, error.message)], deps);
      }
    } else {
      log.error('attempt.broken', { ...fields, stack: error instanceof Error ? error.stack : String(error) });
    }
    return { kind: 'broken' };
  }
}
