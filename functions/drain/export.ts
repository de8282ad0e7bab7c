import { type DrainRequest, everything } from '../../shared/domain/drain-request.ts';
import type { Answer, Dependencies } from './dependencies.ts';
import { startAndDrive } from './start-run.ts';

/** The disaster plan: everything that is open into a file of the workspace, one JSON object a line. */
export async function exportLedger(
  { dryRun, operator, reason }: DrainRequest & { action: 'export' },
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { count } = await deps.drainView.openEntries();
  if (dryRun) return { ok: true, action: 'export', dry_run: true, open_entries: count };
  const settings = { pauseClaims: false, verify: false };
  return await startAndDrive(
    { action: 'export', selection: everything, ...settings, operator, reason },
    remainingMs,
    deps,
  );
}
