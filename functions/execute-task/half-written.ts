import { JrError } from '../../shared/domain/failure.ts';
import { redact } from '../../shared/domain/redact.ts';
import type { Lease } from '../../shared/domain/task.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { LeasedWrite, Ledger, StepEvidence, TornTask } from '../../shared/ports/ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { EndedJournal, Journal, Workspace, WrittenFile } from '../../shared/ports/workspace.ts';

interface Dependencies {
  readonly ledger: Ledger;
  readonly workspace: Workspace;
  readonly clock: Clock;
  readonly log: Log;
}

/** This long before its lease ends an attempt stops writing: a rename that hangs still falls within the lease. */
const leaseMarginMs = 10_000;

/** Invariant 3: a process that was frozen sees the time when it thaws, before it writes. */
export function assertHeld({ taskId, expiresAt }: Lease, now: Date): void {
  if (now.getTime() < expiresAt.getTime() - leaseMarginMs) return;
  throw new JrError('LEASE_LOST', `The lease of task ${taskId} ran out while it was being written.`);
}

/** An attempt's journal in the workspace. */
export function journalOf({ taskId, epoch }: Pick<Lease, 'taskId' | 'epoch'>): Journal {
  return { key: `task-${taskId}`, epoch };
}

/** Not every journal is of a task: the command line writes too. */
function taskIdOf(key: string): number[] {
  return key.startsWith('task-') ? [Number(key.slice('task-'.length))] : [];
}

/** The files that earlier attempts meant to write, each as it would be at its end. */
export function filesOf(evidence: readonly StepEvidence[]): WrittenFile[] {
  const ends = new Map(evidence.map(step => [step.targetFile, step.afterSha256]));
  return [...ends].flatMap(([path, afterSha256]) => (afterSha256 === null ? [] : [{ path, afterSha256 }]));
}

/** Where files are, links followed: what they are locked by. */
export async function realPathsOf(
  files: readonly Pick<WrittenFile, 'path'>[],
  workspace: Workspace,
): Promise<string[]> {
  const states = await workspace.load(files.map(({ path }) => path));
  return files.map(({ path }) => {
    const state = states.get(path);
    return state === undefined || state.kind === 'refused' ? path : (state.realPath ?? path);
  });
}

/**
 * For each of several writes the task that has one of its files half-written, null when there is none. What its attempt
 * wrote before it died may be put back: no other task may build upon it, or be judged by it (invariant 4).
 */
export async function holdersOf(
  writes: readonly LeasedWrite[],
  { ledger, workspace }: Dependencies,
): Promise<(number | null)[]> {
  const keys = await workspace.heldBy(
    writes.map(({ lease, paths }) => ({ key: journalOf(lease).key, paths })),
  );
  const candidates = keys.map(each => each.flatMap(taskIdOf));
  if (candidates.every(taskIds => taskIds.length === 0)) return writes.map(() => null);
  // A journal may be left of one that is completed.
  const halfWritten = new Set(await ledger.findHalfWritten([...new Set(candidates.flat())]));
  return candidates.map(taskIds => taskIds.find(taskId => halfWritten.has(taskId)) ?? null);
}

/**
 * Puts back what was left half-written by attempts that nobody goes on with: their tasks were cancelled, or wait for a
 * person (invariant 4). None of them is run (invariant 11). One that cannot be put back now, or before it is `late`, stays
 * marked in the ledger, and a sweep rings for it again. Answers how many were put back.
 */
export async function putBackTorn(
  torn: readonly TornTask[],
  late: () => boolean,
  deps: Dependencies,
): Promise<number> {
  const { ledger, workspace, clock, log } = deps;
  let done = 0;
  for (const { lease, evidence } of torn) {
    if (late()) break;
    const files = filesOf(evidence);
    const fields = { task_id: lease.taskId, epoch: lease.epoch };
    try {
      const paths = await realPathsOf(files, workspace);
      await ledger.rollBack(lease, paths, clock.now(), async () => {
        const result = await workspace.restore(journalOf(lease), files, () => assertHeld(lease, clock.now()));
        log.info('rollback.done', { ...fields, ...result });
        return result;
      });
      done += 1;
    } catch (error) {
      log.error('rollback.failed', { ...fields, message: redact(String(error)) });
    }
  }
  return done;
}

type CompletedTask = Pick<Lease, 'taskId' | 'epoch'> & Pick<EndedJournal, 'only'>;

/**
 * Clears away the journals of tasks that are completed. Answers those whose could not be: their messages have to come
 * again. It undoes nothing: what was written counts.
 */
export async function forgetJournals(
  completed: readonly CompletedTask[],
  { workspace, log }: Dependencies,
): Promise<readonly number[]> {
  if (completed.length === 0) return [];
  try {
    await workspace.forget(completed.map(task => ({ ...journalOf(task), only: task.only })));
    return [];
  } catch (error) {
    const taskIds = completed.map(({ taskId }) => taskId);
    log.warn('journal.not_removed', { task_ids: taskIds, message: redact(String(error)) });
    return taskIds;
  }
}
