import { categoriesOf } from '../../shared/domain/category.ts';
import { type DrainSettings, retryableClasses } from '../../shared/domain/drain.ts';
import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import type { ClaimsState } from '../../shared/ports/claims-switch.ts';
import type { RunRequest } from '../../shared/ports/drain-ledger.ts';
import { type Answer, type Dependencies, type DrainRules, refused } from './dependencies.ts';
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
  const { action, dryRun, pauseClaims, withoutExport } = request;
  const { drainView, drainRules } = deps;
  const { export_above } = drainRules;
  const { count } = await drainView.openEntries();
  const tooMany = count > export_above && !withoutExport;
  const advice = `There are ${count} open entries, above ${export_above}: export them first (jr drain export, or {"action": "export"}), so that nothing is lost whatever happens. Then begin with --without-export, or "without_export": true.`;
  const choices = { pauseClaims, verify: action === 'drain' };
  if (dryRun) {
    const settings = settingsOf(choices, drainRules);
    const said = [tooMany ? advice : null, pausedAdvice(await deps.claims.read())].filter(
      each => each !== null,
    );
    return {
      ...(await preview(request, deps)),
      advice: said.length === 0 ? null : said.join(' '),
      settings,
    };
  }
  // One that is under way is joined: whoever began it has been told.
  if (tooMany && (await drainView.getRun(null))?.status !== 'running')
    return refused(action, advice, { open_entries: count });
  return await startAndDrive({ ...request, ...choices }, remainingMs, deps);
}

/** A run that finds claims paused by somebody stops before its first batch. */
function pausedAdvice({ claims_paused, changed_by }: ClaimsState): string | null {
  if (!claims_paused) return null;
  return `Claims are paused by ${changed_by ?? 'somebody'}: it would stop before its first batch. Resume them first: npx jr resume`;
}

interface Choices {
  readonly pauseClaims: boolean;
  readonly verify: boolean;
}

/** Begins a run unless one is under way, and drives that one then. */
export async function startAndDrive(
  { action, selection, operator, reason, ...choices }: Omit<RunRequest, 'settings'> & Choices,
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { drains, drainRules, clock, log } = deps;
  const settings = settingsOf(choices, drainRules);
  const { id, started } = await drains.start({ action, selection, settings, operator, reason }, clock.now());
  log.info('drain.begun', { run_id: id, started, action, operator, reason });
  const answer = await drive(id, action, remainingMs, deps);
  if (started) return answer;
  const what = answer.run?.action === 'export' ? 'An export, run' : 'A drain, run';
  const message = `${what} ${id}, was under way already: no other was begun. Follow it with status, or stop it.`;
  return { ...answer, ok: false, error: { kind: 'refused', message } };
}

function settingsOf({ pauseClaims, verify }: Choices, rules: DrainRules): DrainSettings {
  const { canary, batch, rate_per_second, min_success, max_replays, settle_minutes } = rules;
  const kept = { canary, batch, rate_per_second, min_success, max_replays, settle_minutes };
  return { ...kept, pause_claims: pauseClaims, verify };
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
