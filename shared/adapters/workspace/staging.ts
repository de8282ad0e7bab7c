import { copyFile, link, mkdir, readdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from './file-bytes.ts';
import { isCode } from './resolve.ts';

/** Below the workspace, so that a rename from here is one on the same file system. */
const folderName = '.jr-work';

/**
 * Where a write keeps its new files before they are renamed into place, and a journal of what was there before: so that
 * nothing half-written ever stands among the users' files, and what a crash left half-done can be put back.
 */
export interface Staging {
  readonly folder: string;
  /** The file that holds new bytes until they are renamed into place. */
  newFile(index: number): string;
  /** What the journal says of a path: its original is kept, or there was none. */
  original(path: string): string;
  madeMark(path: string): string;
}

export function stagingOf(realRoot: string, key: string): Staging {
  const folder = join(realRoot, folderName, key);
  return {
    folder,
    newFile: index => join(folder, `new-${index}`),
    original: path => join(folder, `old-${sha256(path).slice(0, 32)}`),
    madeMark: path => join(folder, `made-${sha256(path).slice(0, 32)}`),
  };
}

/** Makes the folder, or clears what a dead attempt was about to write; its journal stays. */
export async function openStaging({ folder }: Staging): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (name.startsWith('new-')) await rm(join(folder, name), { force: true });
  }
}

/** Notes in the journal what stands at a path now. A hard link costs nothing and outlives the rename over it. */
export async function noteOriginal(staging: Staging, path: string, realPath: string | null): Promise<void> {
  const original = staging.original(path);
  await rm(original, { force: true });
  await rm(staging.madeMark(path), { force: true });
  if (realPath === null) {
    await writeFile(staging.madeMark(path), '');
    return;
  }
  try {
    await link(realPath, original);
  } catch (error) {
    // A file system without hard links, or a file of somebody else's that may not be linked.
    if (!isCode(error, 'EPERM') && !isCode(error, 'ENOTSUP') && !isCode(error, 'EXDEV')) throw error;
    await copyFile(realPath, original);
  }
}

/** Removes the folder and, when it was the last, the one above. */
export async function removeStaging(realRoot: string, key: string): Promise<void> {
  await rm(stagingOf(realRoot, key).folder, { recursive: true, force: true });
  try {
    await rmdir(join(realRoot, folderName));
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
}
