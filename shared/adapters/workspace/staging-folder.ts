import { lstatSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import { list, mkdirIn } from './disk-calls.ts';
import { isCode } from './resolve.ts';

/** Below the workspace, so that a rename from here is one on the same file system. */
const folderName = '.jr-work';

/** Where all that is staged and kept is, in a workspace. */
export function folderOf(realRoot: string): string {
  return join(realRoot, folderName);
}

/**
 * Makes the folder when it is not there.
 *
 * @throws {JrError} PATH_FORBIDDEN when it is a link to who knows where, or no folder (invariant 13)
 */
export async function openStaging(realRoot: string): Promise<void> {
  const folder = folderOf(realRoot);
  const kind = kindOf(folder);
  if (kind === 'foreign') {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${folderName} in the workspace is no folder: remove it. Files are staged there before they are written.`,
    );
  }
  if (kind === 'missing') await makeFolder(folder);
}

export async function makeFolder(folder: string): Promise<void> {
  // Closed to others: what is staged has not yet the mode of the file that it replaces.
  await mkdirIn(folder, 0o700);
}

/** Whether there is no journal at all: the folder goes with the last that was in it. */
export function isUnused(realRoot: string): boolean {
  return kindOf(folderOf(realRoot)) === 'missing';
}

/** What is in the folder, in any order; null when it is not there, or is none of ours. */
export async function namesIn(folder: string): Promise<string[] | null> {
  if (kindOf(folder) !== 'own') return null;
  try {
    return await list(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null; // it went meanwhile
    throw error;
  }
}

/** Whether the folder is a real one, not a link to who knows where (invariant 13). */
export function kindOf(folder: string): 'own' | 'foreign' | 'missing' {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'own' : 'foreign';
}

export async function removeWhenEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
}
