import { categoriesOf } from '../../shared/domain/category.ts';
import { type DrainStep, nextBatchAt, nextStep, retryableClasses } from '../../shared/domain/drain.ts';
import { reportOf } from '../../shared/domain/drain-report.ts';
import { everything } from '../../shared/domain/drain-request.ts';
import { continuationOf, recheckOf } from '../../shared/domain/drain-wake-up.ts';
import { JrError } from '../../shared/domain/failure.ts';
import { planTask } from '../../shared/flow/plan-task.ts';
import type { HeldRun, PlannableEntry, Verdict } from '../../shared/ports/drain-ledger.ts';
import { type Answer, type Dependencies, refused } from './dependencies.ts';
import { tryGoldenTasks } from './verify.ts';
import { writeExport } from './write-export.ts';

/** With less than this left nothing is begun: the run is handed over to its next invocation. */
const marginMs = 15_000;
/** This much longer than its invocation a lease lives, so that only the dead and the frozen lose theirs. */
const leaseBeyondMs = 15_000;
/** Between two looks at a batch: short at first, for most tasks take milliseconds. */
const firstPauseMs = 20;
const longestPauseMs = 200;
/** What could not be reached has this long to come back before the run goes on. */
const troubleMs = 60_000;

/**
 * Drives a run from wherever its ledger says that it stands, to its end, to a stop, or to the end of this invocation: then
 * a one-time schedule goes on with it. Killed anywhere, it is found by the minute sweep and goes on from there.
 *
 * @param id null for the run that is under way
 */
export async function drive(
  id: number | null,
  action: string,
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { drains, drainView, clock, log } = deps;
  const now = clock.now();
  const until = new Date(now.getTime() + remainingMs() + leaseBeyondMs);
  const run = await drains.acquire(id, now, until);
  if (run !== null) {
    try {
      const timeIsUp = () => remainingMs() <= marginMs;
      const done =
        run.action === 'export' ? await writeExport(run, timeIsUp, deps) : await loop(run, timeIsUp, deps);
      if (!done) await handOver(run, clock.now(), deps);
    } catch (error) {
      if (!(error instanceof JrError)) throw error;
      log.warn('drain.interrupted', {
        run_id: run.lease.runId,
        error_code: error.code,
        message: error.message,
      });
      if (error.code !== 'LEASE_LOST') {
        await handOver(run, new Date(clock.now().getTime() + troubleMs), deps);
      }
    }
  }
  const view = await drainView.getRun(run?.lease.runId ?? id);
  if (view === null) return refused(action, 'There is no drain run.');
  return { ok: view.status === 'running' || view.status === 'completed', action, run_id: view.id, run: view };
}

/** Answers whether the run has come to its end or to a stop. */
async function loop(run: HeldRun, timeIsUp: () => boolean, deps: Dependencies): Promise<boolean> {
  const { drains, clock, sleep } = deps;
  const { lease } = run;
  let rung = 0;
  let pauseMs = firstPauseMs;
  while (!timeIsUp()) {
    const facts = await drains.look(lease, clock.now());
    const step = nextStep(facts, clock.now());
    if (step.kind === 'await') {
      if (rung !== step.batch) {
        await ring(run, step.batch, deps);
        rung = step.batch;
        pauseMs = firstPauseMs;
      }
      await sleep(pauseMs);
      pauseMs = Math.min(longestPauseMs, pauseMs * 1.5);
      continue;
    }
    if (step.kind === 'wait') {
      const left = step.until.getTime() - clock.now().getTime();
      await sleep(Math.min(Math.max(left, 1), longestPauseMs));
      continue;
    }
    const work = () => perform(run, step, facts.settings, deps);
    const attributes = { 'jr.drain_run_id': lease.runId };
    if (await deps.tracer.span(`drain ${step.kind}`, work, { attributes })) return true;
  }
  return false;
}

/** Does one step; answers whether it was the last. */
async function perform(
  run: HeldRun,
  step: Exclude<DrainStep, { kind: 'await' | 'wait' }>,
  settings: Parameters<typeof nextBatchAt>[1],
  deps: Dependencies,
): Promise<boolean> {
  const { drains, drainView, clock, log } = deps;
  const { lease, selection } = run;
  const candidates = {
    selection,
    classes: retryableClasses(selection),
    maxReplays: settings.max_replays,
    asOf: run.createdAt,
  };
  switch (step.kind) {
    case 'pause_claims':
      await drains.pauseClaims(lease, clock.now());
      return false;
    case 'restore_claims':
      await drains.restoreClaims(lease, clock.now());
      return false;
    case 'categorize': {
      const counts = await drainView.countCategories(everything, settings.max_replays, run.createdAt);
      const { lastEntryId } = await drainView.openEntries();
      const total = await drainView.countCandidates(candidates);
      await drains.prepared(lease, { counts, total, lastEntryId }, clock.now());
      return false;
    }
    case 'claim': {
      const batch = { number: step.batch, size: step.size, canary: step.canary, candidates };
      await drains.claimBatch(lease, batch, clock.now());
      return false;
    }
    case 'requeue': {
      const entries = await drains.claimed(lease, step.batch);
      const verdicts: Verdict[] = [];
      for (const entry of entries) verdicts.push(await judge(entry, step.waits, deps));
      const now = clock.now();
      const note = `requeued by ${run.operator} in drain run ${lease.runId}: ${run.reason}`;
      const requeued = await drains.requeue(
        lease,
        { batch: step.batch, verdicts, note, nextBatchAt: nextBatchAt(entries.length, settings, now) },
        now,
      );
      log.info('drain.batch', { run_id: lease.runId, batch: step.batch, entries: entries.length, requeued });
      return false;
    }
    case 'verify':
      await drains.verified(lease, await tryGoldenTasks(deps), clock.now());
      return false;
    case 'stop':
      await drains.restoreClaims(lease, clock.now());
      await drains.stop(lease, step.reason, clock.now());
      log.warn('drain.stopped', { run_id: lease.runId, reason: step.reason });
      return true;
    case 'end':
      await end(run, step.status, deps);
      return true;
  }
}

/**
 * What is permanent is not retried blindly: only where a person named it and its plan holds against the files of today.
 *
 * @throws {JrError} of a workspace that is away, where that is waited for
 */
async function judge(entry: PlannableEntry, waits: boolean, deps: Dependencies): Promise<Verdict> {
  const { entryId, errorClass } = entry;
  if (errorClass === 'transient' || errorClass === 'poison') return { entryId, retry: true };
  const planned = await planTask(entry, deps).catch((error: unknown) => orDefect(entry, error, waits, deps));
  if (typeof planned === 'string') return { entryId, retry: false, outcome: planned };
  if (planned.kind === 'planned' && planned.plan.ok) return { entryId, retry: true };
  const failure = planned.kind === 'unreadable' ? planned.failure : planned.plan.failures[0];
  const why = failure === undefined ? 'its plan does not hold' : `${failure.code}: ${failure.message}`;
  return { entryId, retry: false, outcome: `It would fail again today. ${why}` };
}

/** What one entry brings out must not end the run, at every invocation anew. */
function orDefect(
  { entryId, taskId }: PlannableEntry,
  error: unknown,
  waits: boolean,
  { log }: Dependencies,
): string {
  if (error instanceof JrError) {
    if (waits) throw error;
    return `It could not be planned before the run was to stop. ${error.code}: ${error.message} Drain it again.`;
  }
  const stack = error instanceof Error ? error.stack : String(error);
  log.error('drain.not_planned', { entry_id: entryId, task_id: taskId, stack });
  return `It could not be planned: ${String(error)}`;
}

/**
 * Rings for what waits, marked before: whoever may not begin one of them yet takes the mark back. A bell too many finds
 * nothing to do, one too few is rung by the dispatch.
 */
async function ring({ lease }: HeldRun, batch: number, { drains, queue, clock }: Dependencies) {
  const taskIds = await drains.waiting(lease, batch);
  if (taskIds.length === 0) return;
  await drains.markRung(taskIds, clock.now());
  await queue.ring(taskIds.map(taskId => ({ taskId, delaySeconds: 0 })));
}

async function end(
  run: HeldRun,
  status: 'completed' | 'failed',
  { drains, drainView, drainRules, wakeUps, clock, log }: Dependencies,
): Promise<void> {
  const { lease } = run;
  await drains.restoreClaims(lease, clock.now());
  const view = await drainView.getRun(lease.runId);
  if (view === null) return;
  const now = clock.now();
  const looksAgain = run.action === 'drain' && view.taken > 0;
  const looksAgainAt = looksAgain
    ? new Date(now.getTime() + drainRules.look_again_after_hours * 3_600_000)
    : null;
  if (looksAgainAt !== null) {
    try {
      await wakeUps.set(recheckOf(lease.runId, looksAgainAt));
    } catch (error) {
      // The minute sweep finds from the report that nobody has looked.
      log.warn('drain.recheck_not_scheduled', { run_id: lease.runId, message: String(error) });
    }
  }
  const left = categoriesOf(await drainView.countCategories(everything, drainRules.max_replays, now));
  const report = reportOf(
    { ...view, batches: view.batches.length },
    { before: view.categories ?? [], left },
    { began: run.createdAt, ended: now, looksAgainAt },
  );
  await drains.end(lease, status, report, now);
  log.info('drain.ended', { run_id: lease.runId, status, ...report, left: undefined });
}

/** Lets go of the run and has it continued. What cannot be scheduled, or dies before it is, the minute sweep finds. */
async function handOver({ lease }: HeldRun, at: Date, { drains, wakeUps, log }: Dependencies): Promise<void> {
  try {
    await drains.release(lease);
    await wakeUps.set(continuationOf(lease.runId, at));
  } catch (error) {
    log.warn('drain.not_scheduled', { run_id: lease.runId, message: String(error) });
  }
}
