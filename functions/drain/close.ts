import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { type Answer, type Dependencies, refused, unknownEntry } from './dependencies.ts';
import { ring } from './ring.ts';

/** A person has mended it by hand, or nobody will: the entry is closed and its task cancelled. */
export async function close(
  { action, entryId, dryRun, operator, reason }: DrainRequest & { action: 'resolve' | 'abandon' },
  deps: Dependencies,
): Promise<Answer> {
  const { operations, clock } = deps;
  const fields = { dry_run: dryRun, entry_id: entryId };
  const now = clock.now();
  const result = dryRun
    ? await operations.preview(action, { entryId })
    : await operations[action]({ entryId }, { by: operator, reason }, now);
  // What it left half-written is put back by who has the workspace.
  if (result.kind === 'done' && result.ring) await ring(result.taskId, now, deps);
  switch (result.kind) {
    case 'unknown':
      return unknownEntry(action, entryId, fields);
    case 'refused':
      return refused(action, result.message, { ...fields, task_id: result.taskId });
    case 'possible':
    case 'done':
      return { ok: true, action, ...fields, task_id: result.taskId };
  }
}
