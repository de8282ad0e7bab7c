import { readFileSync } from 'node:fs';
import type { Journal } from '../../ports/workspace.ts';
import { link, rename } from './disk-calls.ts';
import { keepModeAndOwner, writeSynced } from './file-bytes.ts';
import { isCode } from './is-code.ts';
import { type Kept, nameOf } from './journal-names.ts';
import { folderOf, makeFolder } from './staging-folder.ts';

/** The folder is gone with the last that was in it, and may go between making it and its first use. */
const mostMakings = 5;

/**
 * Where an attempt keeps its new files until they are in place, and a journal of what was there before: so that nothing
 * half-written ever stands among the users' files, and what a crash left half-done can be put back. Journals of several
 * tasks share a folder, told apart by their names, so that it has to be synced only once for all of a batch; a name of an
 * attempt is never one of another's.
 */
export interface Staging {
  readonly folder: string;
  place(what: Kept, path: string): string;
}

export function stagingOf(realRoot: string, journal: Journal): Staging {
  const folder = folderOf(realRoot, journal.key);
  return { folder, place: (what, path) => `${folder}/${nameOf(journal, what, path)}` };
}

/** Puts new bytes where they wait until they are moved into place. */
export async function stage({ folder }: Staging, file: string, bytes: Uint8Array): Promise<void> {
  for (let makings = 0; ; makings += 1) {
    try {
      if (makings > 0) await makeFolder(folder);
      await writeSynced(file, bytes);
      return;
    } catch (error) {
      // Whoever took the last journal away took the folder with it.
      if (!isCode(error, 'ENOENT') || makings === mostMakings) throw error;
    }
  }
}

/** Keeps what stands at a place. A hard link costs nothing and outlives the rename over it. */
export async function keepOriginal(realPath: string, kept: string): Promise<void> {
  try {
    await link(realPath, kept);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    await writeSynced(kept, readFileSync(realPath));
    await keepModeAndOwner(realPath, kept);
  }
}

/**
 * Makes a file of what is staged, which stays.
 *
 * @param copy where its bytes may be staged once more, for a file system without links
 * @throws EEXIST when something stands there
 */
export async function linkInto(
  staged: string,
  realPath: string,
  { copy, bytes }: { readonly copy: () => string; readonly bytes: Uint8Array },
): Promise<void> {
  try {
    await link(staged, realPath);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    const place = copy();
    await writeSynced(place, bytes);
    await rename(place, realPath);
  }
}

/**
 * How a file system says that it has no hard links (EPERM, ENOTSUP; FUSE: ENOSYS, EACCES), no more for this file, or none
 * for one of somebody else's. What is none of that refuses the copy as well.
 */
const withoutLinks = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EMLINK', 'EXDEV'];

function isWithoutLinks(error: unknown): boolean {
  return withoutLinks.some(code => isCode(error, code));
}
