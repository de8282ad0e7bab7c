import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { waitsForVotes } from '../../shared/domain/intervention.ts';
import { type Answer, type Dependencies, refused, unknownEntry } from './dependencies.ts';
import { ring } from './ring.ts';

/**
 * Lets through what the guards stopped, as it stands (invariant 13). For who reaches the functions and not the ledger, as
 * where the network of a stage has no way in.
 */
export async function approve(
  { entryId, dryRun, operator, reason }: DrainRequest & { action: 'approve' },
  deps: Dependencies,
): Promise<Answer> {
  const fields = { dry_run: dryRun, entry_id: entryId };
  const possible = await deps.operations.preview('approve', { entryId });
  if (possible.kind === 'unknown') return unknownEntry('approve', entryId, fields);
  const { taskId } = possible;
  const named = { ...fields, task_id: taskId };
  if (possible.kind === 'refused') return refused('approve', possible.message, named);
  if (dryRun) return { ok: true, action: 'approve', ...named };
  const now = deps.clock.now();
  const result = await deps.operations.approveTask(taskId, operator, reason, now);
  switch (result.kind) {
    case 'approved':
      await ring(taskId, now, deps);
      return { ok: true, action: 'approve', ...named, error_codes: result.errorCodes };
    case 'for_council':
      return refused('approve', waitsForVotes(taskId), named);
    case 'not_waiting':
      return refused(
        'approve',
        `Task ${taskId} is ${result.status} by now and waits for no approval.`,
        named,
      );
    case 'unknown':
      return unknownEntry('approve', entryId, fields);
  }
}
