import { lstatSync, readdirSync } from 'node:fs';
import { copyFile, link, mkdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import { sha256, writeSynced } from './file-bytes.ts';
import { isCode } from './resolve.ts';

/** Below the workspace, so that a rename from here is one on the same file system. */
const folderName = '.jr-work';

/** The folder is gone with the last that was in it, and may go between making it and its first use. */
const mostMakings = 5;

/**
 * Where a write keeps its new files before they are renamed into place, and a journal of what was there before: so that
 * nothing half-written ever stands among the users' files, and what a crash left half-done can be put back.
 * All journals are in one folder, told apart by their names, so that it has to be synced only once for a whole batch.
 */
export interface Staging {
  readonly folder: string;
  /** What the names of everything here begin with that is of this journal. */
  readonly prefix: string;
  /** The file that holds new bytes until they are renamed into place, of one attempt alone. */
  newFile(epoch: number, index: number): string;
  /** What the journal says of a path: its original is kept, or there was none. */
  original(path: string): string;
  madeMark(path: string): string;
}

export function stagingOf(realRoot: string, key: string): Staging {
  const folder = join(realRoot, folderName);
  const prefix = `${key}.`;
  return {
    folder,
    prefix,
    newFile: (epoch, index) => join(folder, `${prefix}new-${epoch}-${index}`),
    original: path => join(folder, `${prefix}${nameOf('old', path)}`),
    madeMark: path => join(folder, `${prefix}${nameOf('made', path)}`),
  };
}

function nameOf(what: 'old' | 'made', path: string): string {
  return `${what}-${sha256(path).slice(0, 32)}`;
}

/**
 * Makes the folder when it is not there; answers the names of all that is staged and noted in it.
 *
 * @throws {JrError} PATH_FORBIDDEN when it is a link to who knows where, or no folder (invariant 13)
 */
export async function openStaging(realRoot: string): Promise<ReadonlySet<string>> {
  const { folder } = stagingOf(realRoot, '');
  if (kindOf(folder) === 'foreign') {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${folderName} in the workspace is no folder: remove it. Files are staged there before they are written.`,
    );
  }
  const names = namesIn(folder);
  if (names === null) await makeFolder(folder);
  return new Set(names);
}

async function makeFolder(folder: string): Promise<void> {
  // Closed to others: what is staged has not yet the mode of the file that it replaces.
  await mkdir(folder, { recursive: true, mode: 0o700 });
}

/** Clears what a dead attempt was about to write; its journal stays. */
export async function clearNew(
  { folder, prefix }: Staging,
  names: Iterable<string>,
  mayWrite: () => void,
): Promise<void> {
  for (const name of names) {
    if (!name.startsWith(`${prefix}new-`)) continue;
    mayWrite();
    await rm(join(folder, name), { force: true });
  }
}

/** Puts new bytes where they wait until they are renamed into place. */
export async function stage({ folder }: Staging, file: string, bytes: Uint8Array): Promise<void> {
  for (let makings = 0; ; makings += 1) {
    try {
      await writeSynced(file, bytes);
      return;
    } catch (error) {
      // Whoever took the last journal away took the folder with it.
      if (!isCode(error, 'ENOENT') || makings === mostMakings) throw error;
      await makeFolder(folder);
    }
  }
}

/**
 * Notes in the journal what stands at a path now. A hard link costs nothing and outlives the rename over it; where there
 * was nothing, one to the staged file says so. Asks before each change: the journal of the attempt that took over is no
 * business of one that thaws (invariant 3).
 *
 * @param realPath the original; null when there was none
 * @param names what was there before this batch
 */
export async function noteOriginal(
  staging: Staging,
  path: string,
  { realPath, staged }: { readonly realPath: string | null; readonly staged: string },
  names: ReadonlySet<string>,
  mayWrite: () => void,
): Promise<void> {
  for (const old of [staging.original(path), staging.madeMark(path)]) {
    if (!names.has(basename(old))) continue;
    mayWrite();
    await rm(old, { force: true });
  }
  mayWrite();
  if (realPath === null) await linkOrCopy(staged, staging.madeMark(path));
  else await linkOrCopy(realPath, staging.original(path));
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // A file system without hard links, or a file of somebody else's that may not be linked.
    if (!isCode(error, 'EPERM') && !isCode(error, 'ENOTSUP') && !isCode(error, 'EXDEV')) throw error;
    await copyFile(from, to);
  }
}

/** Ends a write that came to nothing: what it staged and noted goes; what a dead attempt noted stays. */
export async function abandonStaging(
  staging: Staging,
  paths: readonly string[],
  mayWrite: () => void,
): Promise<void> {
  if (kindOf(staging.folder) !== 'own') return;
  for (const path of paths) {
    for (const noted of [staging.original(path), staging.madeMark(path)]) {
      mayWrite();
      await rm(noted, { force: true });
    }
  }
  await clearNew(staging, namesIn(staging.folder) ?? [], mayWrite);
  await removeWhenEmpty(staging.folder);
}

/** For each of several writes the keys of journals, its own left out, that know one of its paths. */
export function journalsWith(
  realRoot: string,
  writes: readonly { readonly key: string; readonly paths: readonly string[] }[],
): string[][] {
  const names = namesIn(stagingOf(realRoot, '').folder) ?? [];
  const noted = names.map(name => ({ key: keyOf(name), note: name.slice(name.indexOf('.') + 1) }));
  return writes.map(({ key, paths }) => {
    if (noted.length === 0) return [];
    const notes = new Set(paths.flatMap(path => [nameOf('old', path), nameOf('made', path)]));
    return [...new Set(noted.flatMap(each => (each.key !== key && notes.has(each.note) ? [each.key] : [])))];
  });
}

/** Removes journals and all that was staged under them, and the folder when nothing else is in it. */
export async function removeStaging(realRoot: string, keys: readonly string[]): Promise<void> {
  const { folder } = stagingOf(realRoot, '');
  const ours = new Set(keys);
  const all = namesIn(folder);
  if (all === null) return;
  const names = all.filter(name => ours.has(keyOf(name)));
  await Promise.all(names.map(name => rm(join(folder, name), { force: true })));
  if (names.length === all.length) await removeWhenEmpty(folder);
}

/** The key of the journal that a name in the folder belongs to. */
function keyOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** What is in the folder; null when it is not there, or is none of ours. */
function namesIn(folder: string): string[] | null {
  if (kindOf(folder) !== 'own') return null;
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null; // it went meanwhile
    throw error;
  }
}

/** Whether the folder is a real one, not a link to who knows where (invariant 13). */
function kindOf(folder: string): 'own' | 'foreign' | 'missing' {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'own' : 'foreign';
}

export function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

async function removeWhenEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
}
