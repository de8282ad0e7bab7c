import { randomUUID } from 'node:crypto';
import type { Change } from '../shared/edit/changes.ts';
import type { Workspace } from '../shared/ports/workspace.ts';

/** What asks a process to end. */
const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const mark = 'alone-';

/** Whether what is kept in `.jr-work` under this name is of a write without a ledger: nobody will come back to it. */
export function isAlone(key: string): boolean {
  return key.startsWith(mark);
}

/**
 * Writes files, all or none, without a ledger: there is no lease to lose, and nobody who would go on where it was cut
 * short. So whoever asks the process to end while it writes has to wait until it is through (invariant 4).
 */
export async function writeAlone(workspace: Workspace, changes: readonly Change[]): Promise<void> {
  // Never the name of a journal that one left which was killed.
  const journal = { key: `${mark}${randomUUID()}`, epoch: 1 };
  let asked: NodeJS.Signals | null = null;
  const later = (signal: NodeJS.Signals) => {
    asked = signal;
  };
  for (const ending of endings) process.on(ending, later);
  try {
    const [failed = null] = await workspace.write([{ journal, changes, mayWrite: () => undefined }]);
    if (failed !== null) throw failed;
    await workspace.forget([journal]);
  } finally {
    for (const ending of endings) process.off(ending, later);
  }
  if (asked === null) return;
  process.stderr.write('jr: It was being written already: all of it is.\n');
  process.kill(process.pid, asked);
}
