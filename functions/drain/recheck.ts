import type { Alert } from '../../shared/domain/alert.ts';
import { recurrences } from '../../shared/domain/drain-report.ts';
import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { type Answer, type Dependencies, refused, unknownRun } from './dependencies.ts';

/** All runs share it: what one saw come back is over when the next one's look finds nothing. */
const scope = 'drain-recurrence';

/** A day after a drain: whether what it retried has failed again since, and an alert if so. */
export async function recheck(
  { runId, dryRun }: DrainRequest & { action: 'recheck' },
  { drains, drainView, alertLedger, clock }: Dependencies,
): Promise<Answer> {
  const run = await drainView.getRun(runId);
  if (run === null) return unknownRun('recheck', runId);
  if (run.ended_at === null) return refused('recheck', `Drain run ${runId} has not ended.`);
  const cameBack = recurrences(run.retried, await drainView.newSince(new Date(run.ended_at)));
  const now = clock.now();
  const fields = { run_id: runId, came_back: cameBack };
  if (dryRun) return { ok: true, action: 'recheck', dry_run: true, ...fields };
  await alertLedger.observe(
    scope,
    cameBack.map(
      ({ category, count }): Alert => ({
        name: category,
        target: 'operations',
        summary: `${category} is back: ${count === 1 ? '1 entry' : `${count} entries`} since drain run ${runId} ended.`,
        evidence: { run_id: runId, category, entries: count, since: run.ended_at },
        nextAction: `npx jr drain categorize --category ${category}`,
      }),
    ),
    now,
  );
  await drains.rechecked(runId, { at: now, came_back: cameBack });
  return { ok: true, action: 'recheck', ...fields };
}
