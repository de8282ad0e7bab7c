import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { type Answer, type Dependencies, refused, unknownRun } from './dependencies.ts';
import { drive } from './drive.ts';

/** Stops claims: intake goes on and nothing is lost, but no task is begun (invariant 12). */
export async function pause(
  request: DrainRequest & { action: 'pause' },
  deps: Dependencies,
): Promise<Answer> {
  return await switchClaims(true, request, deps);
}

/** Lets claims go on, or a stopped run. */
export async function resume(
  request: DrainRequest & { action: 'resume' },
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { runId, dryRun } = request;
  if (runId === null) return await switchClaims(false, request, deps);
  const { drains, drainView, clock, log } = deps;
  if (dryRun) {
    const run = await drainView.getRun(runId);
    if (run === null) return unknownRun('resume', runId);
    return run.status === 'stopped'
      ? { ok: true, action: 'resume', dry_run: true, run_id: runId, would: `go on with run ${runId}` }
      : refused('resume', `Run ${runId} is ${run.status}: only a stopped one goes on.`);
  }
  const result = await drains.resumeRun(runId, clock.now());
  switch (result) {
    case 'unknown':
      return unknownRun('resume', runId);
    case 'not_stopped':
      return refused(
        'resume',
        `Run ${runId} is not stopped: there is nothing to go on with. "npx jr drain status ${runId}" says where it stands.`,
      );
    case 'another_runs':
      return refused(
        'resume',
        `Another drain is under way: wait for its end or stop it, then resume run ${runId}.`,
      );
    case 'resumed':
      log.info('drain.resumed', { run_id: runId, operator: request.operator, reason: request.reason });
      return await drive(runId, 'resume', remainingMs, deps);
  }
}

/** Asks a run to stop; it does when its batch has ended. */
export async function stop(
  { runId, dryRun, operator, reason }: DrainRequest & { action: 'stop' },
  { drains, drainView, log }: Dependencies,
): Promise<Answer> {
  const run = await drainView.getRun(runId);
  if (run === null && runId !== null) return unknownRun('stop', runId);
  if (run?.status !== 'running') {
    return refused(
      'stop',
      runId === null
        ? 'No drain is under way: there is nothing to stop.'
        : `Run ${runId} is ${run?.status} already: there is nothing to stop.`,
    );
  }
  if (dryRun) {
    return { ok: true, action: 'stop', dry_run: true, run_id: run.id, would: 'stop it after its batch' };
  }
  const stopped = await drains.requestStop(run.id, `${operator}: ${reason}`);
  if (stopped === null) return refused('stop', `Run ${run.id} has just ended.`);
  log.info('drain.stop_requested', { run_id: run.id, operator, reason });
  return { ok: true, action: 'stop', run_id: run.id, message: 'It stops after its batch.' };
}

async function switchClaims(
  paused: boolean,
  { action, dryRun, operator, reason }: DrainRequest & { action: 'pause' | 'resume' },
  { claims, clock, log }: Dependencies,
): Promise<Answer> {
  const before = await claims.read();
  if (dryRun)
    return { ok: true, action, dry_run: true, claims: before, would_change: before.claims_paused !== paused };
  const { changed, state } = await claims.set(paused, { by: operator, reason }, clock.now());
  log.info('drain.claims', { paused, changed, operator, reason });
  return { ok: true, action, changed, claims: state };
}
