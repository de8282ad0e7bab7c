import { randomUUID } from 'node:crypto';
import type { Change } from '../shared/edit/changes.ts';
import type { Workspace } from '../shared/ports/workspace.ts';

/** Writes files, all or none, without a ledger: there is no lease to lose. */
export async function writeAlone(workspace: Workspace, changes: readonly Change[]): Promise<void> {
  // Never the name of a journal that one left which was killed.
  const journal = { key: `alone-${randomUUID()}`, epoch: 1 };
  const [failed = null] = await workspace.write([{ journal, changes, mayWrite: () => undefined }]);
  if (failed !== null) throw failed;
  await workspace.forget([journal.key]);
}
