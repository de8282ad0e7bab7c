import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { type Answer, type Dependencies, refused, unknownEntry } from './dependencies.ts';
import { ring } from './ring.ts';

/** Casts the vote of one member of the Council, who is `operator`. The one that reaches the quorum decides at once. */
export async function vote(
  { entryId, vote, dryRun, operator, reason }: DrainRequest & { action: 'vote' },
  deps: Dependencies,
): Promise<Answer> {
  const { operations, clock, councilQuorum: needed } = deps;
  const fields = { dry_run: dryRun, entry_id: entryId, vote };
  const now = clock.now();
  const result = dryRun
    ? await operations.previewVote(entryId, vote)
    : await operations.vote(entryId, { voter: operator, vote, reason }, needed, now);
  if (result.kind === 'unknown') return unknownEntry('vote', entryId, fields);
  const named = { ...fields, task_id: result.taskId };
  switch (result.kind) {
    case 'refused':
      return refused('vote', result.message, named);
    case 'possible':
      return { ok: true, action: 'vote', ...named };
    case 'counted':
      return { ok: true, action: 'vote', ...named, decided: false, votes: result.votes, needed };
    case 'decided':
      if (result.ring) await ring(result.taskId, now, deps);
      return { ok: true, action: 'vote', ...named, decided: true, votes: result.voters.length, needed };
  }
}
