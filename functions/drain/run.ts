import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { approve } from './approve.ts';
import { close } from './close.ts';
import type { Answer, Dependencies } from './dependencies.ts';
import { drive } from './drive.ts';
import { exportLedger } from './export.ts';
import { categorize, inspect, status } from './look-around.ts';
import { recheck } from './recheck.ts';
import { replay } from './replay.ts';
import { begin } from './start-run.ts';
import { pause, resume, stop } from './switch.ts';
import { tryGoldenTasks } from './verify.ts';
import { vote } from './vote.ts';

/** One invocation, as Lambda hands it over. */
export interface Invocation {
  readonly request: DrainRequest;
  readonly remainingMs: () => number;
}

/** Does one action of the runbook. Each is a file; what acts is recorded with who and why. */
export async function run({ request, remainingMs }: Invocation, deps: Dependencies): Promise<Answer> {
  const answer = await perform(request, remainingMs, deps);
  deps.log.info('drain.done', { action: request.action, dry_run: request.dryRun, ok: answer.ok });
  return answer;
}

async function perform(
  request: DrainRequest,
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  switch (request.action) {
    case 'help':
    case 'status':
      return await status(request, deps);
    case 'pause':
      return await pause(request, deps);
    case 'resume':
      return await resume(request, remainingMs, deps);
    case 'stop':
      return await stop(request, deps);
    case 'inspect':
      return await inspect(request, deps);
    case 'categorize':
      return await categorize(request, deps);
    case 'retry':
    case 'drain':
      return await begin(request, remainingMs, deps);
    case 'continue':
      return request.dryRun
        ? await status({ action: 'status', dryRun: true, runId: request.runId }, deps)
        : await drive(request.runId, 'continue', remainingMs, deps);
    case 'recheck':
      return await recheck(request, deps);
    case 'replay':
      return await replay(request, deps);
    case 'resolve':
    case 'abandon':
      return await close(request, deps);
    case 'approve':
      return await approve(request, deps);
    case 'vote':
      return await vote(request, deps);
    case 'verify': {
      const verification = request.dryRun ? { golden: await deps.golden.list() } : await tryGoldenTasks(deps);
      return { ok: true, action: 'verify', dry_run: request.dryRun, ...verification };
    }
    case 'export':
      return await exportLedger(request, remainingMs, deps);
  }
}
