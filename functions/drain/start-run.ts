import { categoriesOf } from '../../shared/domain/category.ts';
import { retryableClasses } from '../../shared/domain/drain.ts';
import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { type Answer, type Dependencies, refused } from './dependencies.ts';
import { drive } from './drive.ts';
import { planEntry } from './replay.ts';

/** A dry run plans so many tasks against the files of today; the others it counts. */
const plannedAtMost = 50;

/** Begins a run and drives it as far as this invocation reaches; it goes on by itself from there. */
export async function begin(
  request: DrainRequest & { action: 'drain' | 'retry' },
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { action, selection, dryRun, operator, reason } = request;
  const { drains, drainView, drainRules, clock } = deps;
  const { canary, batch, rate_per_second, min_success, max_replays, settle_minutes, export_above } =
    drainRules;
  const settings = {
    canary,
    batch,
    rate_per_second,
    min_success,
    max_replays,
    settle_minutes,
    pause_claims: request.pauseClaims,
    verify: action === 'drain',
  };
  const { count } = await drainView.openEntries();
  const tooMany = count > export_above && !request.withoutExport;
  const advice = `There are ${count} open entries, above ${export_above}: export them first ({"action": "export"}), so that nothing is lost whatever happens, then begin with "without_export": true.`;
  if (dryRun) return { ...(await preview(request, deps)), advice: tooMany ? advice : null, settings };
  if (tooMany) return refused(action, advice, { open_entries: count });
  const { id, started } = await drains.start({ action, selection, settings, operator, reason }, clock.now());
  deps.log.info('drain.begun', { run_id: id, started, action, operator, reason });
  const answer = await drive(id, action, remainingMs, deps);
  if (started) return answer;
  const message = `Run ${id} was under way already: no other was begun. Follow it with status, or stop it.`;
  return { ...answer, ok: false, error: { message } };
}

async function preview(
  { action, selection }: DrainRequest & { action: 'drain' | 'retry' },
  deps: Dependencies,
): Promise<Answer> {
  const { drainView, drainRules, clock } = deps;
  const now = clock.now();
  const { max_replays, canary, batch } = drainRules;
  const candidates = { selection, classes: retryableClasses(selection), maxReplays: max_replays, asOf: now };
  const total = await drainView.countCandidates(candidates);
  const entries = await drainView.candidates(candidates, plannedAtMost);
  const plans = [];
  for (const entry of entries) {
    plans.push({ entry_id: entry.entryId, task_id: entry.taskId, plan: await planEntry(entry, deps) });
  }
  return {
    ok: true,
    action,
    dry_run: true,
    entries: total,
    batches: total === 0 ? 0 : 1 + Math.ceil(Math.max(0, total - canary) / batch),
    categories: categoriesOf(await drainView.countCategories(selection, max_replays, now)),
    plans,
    not_planned: total - plans.length,
  };
}
