import { errorClasses, type Failure, failure, JrError, worstClass } from '../../shared/domain/failure.ts';
import { afterFailure } from '../../shared/domain/ladder.ts';
import { redact } from '../../shared/domain/redact.ts';
import type { Approval } from '../../shared/domain/task.ts';
import { planHash } from '../../shared/edit/plan-hash.ts';
import type { Plan } from '../../shared/edit/types.ts';
import type { ClaimedTask, Settlement } from '../../shared/ports/ledger.ts';
import { about } from './about.ts';
import type { AttemptDependencies } from './dependencies.ts';
import { failed, interrupted } from './settlements.ts';

/** How far one attempt has come within its invocation. */
export type Decision =
  /** The plan holds and files have to be written. */
  | { readonly kind: 'write'; readonly plan: Plan }
  /** Nothing to write, or nothing that may be: the end waits for the statement that ends the whole batch. */
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  /** Written and completed, in one transaction. `cleared`: its journal is gone. */
  | { readonly kind: 'written'; readonly cleared: boolean }
  /** Somebody else holds the task by now. */
  | { readonly kind: 'lost' }
  /** Ended without a word, as a crash would: the message comes again and finds the lease run out. */
  | { readonly kind: 'broken' };

/** A batch on its way, in order of service. Each stage takes its tasks further. */
export type Decisions = Map<ClaimedTask, Decision>;

/** A task that needs what another one holds looks again after this long. */
const heldAgainSeconds = 120;

export function settle(settlement: Settlement): Decision {
  return { kind: 'settle', settlement };
}

/** The end of a failed attempt, with where the ladder takes its task. */
export function fail(
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

/** A task that is not begun or not gone on with any more: the function's time is nearly over (invariant 9). */
export function giveBack(
  { lease }: ClaimedTask,
  statusMessage = 'given back before the deadline of the function; waits again',
): Decision {
  return settle(interrupted(lease, statusMessage));
}

/** A task that needs a file which another one left half-written is given back until that one has gone on or back. */
export function waitFor(task: ClaimedTask, holder: number, { log }: AttemptDependencies): Decision {
  log.info('attempt.waits', { ...about(task), holder });
  return wait(task, `waits for task ${holder}, whose attempt died while it was writing the same files`);
}

/** What could not end: it is somebody else's by now, or somebody keeps a row locked that its end changes. */
export function waitForRows(task: ClaimedTask): Decision {
  return wait(task, 'waits for somebody who keeps its entry locked, or a task that waits for it');
}

/** Given back at no cost (invariant 9), and looked at again after a while. */
function wait({ lease }: ClaimedTask, statusMessage: string): Decision {
  return settle(interrupted(lease, statusMessage, heldAgainSeconds));
}

/** What one attempt throws must not touch the others of its batch. */
export async function guarded(
  task: ClaimedTask,
  deps: AttemptDependencies,
  work: () => Promise<Decision>,
): Promise<Decision> {
  try {
    return await work();
  } catch (error) {
    return stopped(task, error, deps);
  }
}

/** What becomes of an attempt that was stopped by an error. */
export function stopped(task: ClaimedTask, error: unknown, deps: AttemptDependencies): Decision {
  const { log, rules } = deps;
  const fields = about(task);
  if (!(error instanceof JrError)) {
    log.error('attempt.broken', { ...fields, stack: error instanceof Error ? error.stack : String(error) });
    return { kind: 'broken' };
  }
  log.warn('attempt.stopped', { ...fields, error_code: error.code, message: redact(error.message) });
  if (error.code === 'LEASE_LOST') return { kind: 'lost' };
  if (error.code === 'DEADLINE') return giveBack(task);
  if (error.code === 'LEDGER_UNAVAILABLE') {
    // Costs nothing, but of one that was begun so often it may be the doing: that has to climb, and not to loop (invariant 9).
    if (task.lease.attempt > rules.max_crashes) return { kind: 'broken' };
    return giveBack(task, 'given back: the ledger was away while it was worked on; waits again');
  }
  if (error.code === 'FILE_BUSY') return wait(task, 'waits for files that another task is writing');
  return fail(task, null, [failure(error.code, error.message)], deps);
}
