import { categoriesOf } from '../../shared/domain/category.ts';
import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { redact } from '../../shared/domain/redact.ts';
import { type Answer, type Dependencies, unknownRun } from './dependencies.ts';

/** Where things stand: claims, open entries, and the latest run or the one that was asked for. */
export async function status(
  request: DrainRequest & { action: 'help' | 'status' },
  { drainView, claims }: Dependencies,
): Promise<Answer> {
  const runId = request.action === 'status' ? request.runId : null;
  const run = await drainView.getRun(runId);
  if (run === null && runId !== null) return unknownRun('status', runId);
  return {
    ok: true,
    action: 'status',
    claims: await claims.read(),
    open_entries: (await drainView.openEntries()).count,
    run,
  };
}

/** A sample of the open entries, from the oldest to the youngest. */
export async function inspect(
  { selection, sample }: DrainRequest & { action: 'inspect' },
  { drainView, clock }: Dependencies,
): Promise<Answer> {
  const entries = await drainView.sample(selection, sample, clock.now());
  return {
    ok: true,
    action: 'inspect',
    open_entries: (await drainView.openEntries()).count,
    // What came in by SQL was redacted by nobody yet (invariant 14).
    entries: entries.map(entry => ({
      ...entry,
      title: redact(entry.title),
      failure_reason: redact(entry.failure_reason),
    })),
  };
}

/** The open entries by cause, each cause with what to do. */
export async function categorize(
  { selection }: DrainRequest & { action: 'categorize' },
  { drainView, drainRules, clock }: Dependencies,
): Promise<Answer> {
  const counts = await drainView.countCategories(selection, drainRules.max_replays, clock.now());
  const categories = categoriesOf(counts).map(category => ({
    ...category,
    example_reason: redact(category.example_reason),
  }));
  return {
    ok: true,
    action: 'categorize',
    entries: categories.reduce((sum, { count }) => sum + count, 0),
    categories,
  };
}
