import { lstatSync, readdirSync, statSync } from 'node:fs';
import { copyFile, link, mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
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
  /** The file that holds new bytes until they are renamed into place, of one attempt alone. */
  newFile(epoch: number, index: number): string;
  /** What the journal says of a path: its original is kept, or there was none. */
  original(path: string): string;
  madeMark(path: string): string;
}

export function stagingOf(realRoot: string, key: string): Staging {
  const folder = join(realRoot, folderName, key);
  return {
    folder,
    newFile: (epoch, index) => join(folder, `new-${epoch}-${index}`),
    original: path => join(folder, `old-${sha256(path).slice(0, 32)}`),
    madeMark: path => join(folder, `made-${sha256(path).slice(0, 32)}`),
  };
}

/** Makes the folder, or clears what a dead attempt was about to write; its journal stays. */
export async function openStaging({ folder }: Staging, mayWrite: () => void): Promise<void> {
  if (parentOf(folder) === 'foreign') {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${folderName} in the workspace is no folder: remove it. Files are staged there before they are written.`,
    );
  }
  // Closed to others: what is staged has not yet the mode of the file that it replaces.
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeNew(folder, mayWrite);
}

async function removeNew(folder: string, mayWrite: () => void): Promise<void> {
  for (const name of namesIn(folder)) {
    if (!name.startsWith('new-')) continue;
    mayWrite();
    await rm(join(folder, name), { force: true });
  }
}

/**
 * Notes in the journal what stands at a path now. A hard link costs nothing and outlives the rename over it. Asks before
 * each change: the journal of the attempt that took over is no business of one that thaws (invariant 3).
 */
export async function noteOriginal(
  staging: Staging,
  path: string,
  realPath: string | null,
  mayWrite: () => void,
): Promise<void> {
  const original = staging.original(path);
  for (const old of [original, staging.madeMark(path)]) {
    if (!exists(old)) continue;
    mayWrite();
    await rm(old, { force: true });
  }
  mayWrite();
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

/**
 * Ends a write that came to nothing: what it staged and noted goes, and with it the folder, unless a dead attempt's
 * journal is in it.
 */
export async function abandonStaging(
  staging: Staging,
  paths: readonly string[],
  mayWrite: () => void,
): Promise<void> {
  if (parentOf(staging.folder) !== 'own') return;
  for (const path of paths) {
    for (const noted of [staging.original(path), staging.madeMark(path)]) {
      mayWrite();
      await rm(noted, { force: true });
    }
  }
  await removeNew(staging.folder, mayWrite);
  await removeEmpty(staging.folder);
  await removeEmpty(dirname(staging.folder));
}

/** The keys of the journals, but that of `key`, that know one of the paths. */
export function journalsWith(realRoot: string, key: string, paths: readonly string[]): string[] {
  const own = stagingOf(realRoot, key);
  if (parentOf(own.folder) !== 'own') return [];
  const noted = new Set(
    paths.flatMap(path => [own.original(path), own.madeMark(path)]).map(each => basename(each)),
  );
  const keys: string[] = [];
  for (const other of namesIn(dirname(own.folder))) {
    if (other === key) continue;
    const names = namesIn(stagingOf(realRoot, other).folder);
    if (names.some(name => noted.has(name))) keys.push(other);
  }
  return keys;
}

/** Removes the folder and, when it was the last, the one above. */
export async function removeStaging(realRoot: string, key: string): Promise<void> {
  const { folder } = stagingOf(realRoot, key);
  if (parentOf(folder) !== 'own') return;
  await rm(folder, { recursive: true, force: true });
  await removeEmpty(dirname(folder));
}

/** Whether the folder above is a real one, not a link to who knows where (invariant 13). */
function parentOf(folder: string): 'own' | 'foreign' | 'missing' {
  const stats = lstatSync(dirname(folder), { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'own' : 'foreign';
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return [];
    throw error;
  }
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
}
