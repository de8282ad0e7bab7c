import { lstatSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import { list, mkdirIn } from './disk-calls.ts';
import { isCode } from './resolve.ts';

/** Below the workspace, so that a rename from here is one on the same file system. */
const workFolderName = '.jr-work';

/**
 * The names of a folder are changed one after the other, however many threads ask for it, and on a network each change
 * takes milliseconds. So the journals are in several folders, those of tasks that follow each other in different ones.
 */
const folders = 4;

/** Where a journal is, and what is staged for it. */
export function folderOf(realRoot: string, key: string): string {
  return nthFolder(realRoot, Number(/\d*$/.exec(key)?.[0]) % folders);
}

/** The folders of journals that are there. */
export function foldersThere(realRoot: string): string[] {
  if (kindOf(workFolderOf(realRoot)) !== 'own') return [];
  return Array.from({ length: folders }, (_, at) => nthFolder(realRoot, at)).filter(
    folder => kindOf(folder) === 'own',
  );
}

function nthFolder(realRoot: string, at: number): string {
  return `${workFolderOf(realRoot)}/${at}`;
}

/** What the folders of journals are in. */
export function workFolderOf(realRoot: string): string {
  return `${realRoot}/${workFolderName}`;
}

/**
 * Makes a folder of journals, or what they are in, when it is not there.
 *
 * @throws {JrError} PATH_FORBIDDEN when it is a link to who knows where, or no folder (invariant 13)
 */
export async function openFolder(folder: string): Promise<void> {
  const kind = kindOf(folder);
  if (kind === 'foreign') {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${workFolderName} in the workspace is no folder, or has something else than folders in it: remove it. Files are staged there before they are written.`,
    );
  }
  if (kind === 'missing') await makeOne(folder);
}

/** Makes a folder of journals that is gone, and what it is in. */
export async function makeFolder(folder: string): Promise<void> {
  await makeOne(dirname(folder));
  await makeOne(folder);
}

async function makeOne(folder: string): Promise<void> {
  try {
    // Closed to others: what is staged has not yet the mode of the file that it replaces.
    await mkdirIn(folder, 0o700);
  } catch (error) {
    // Whoever took the last journal away took it with all that it is in: who stages makes it again.
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Whether there is no journal at all: the folders go with the last that was in them. */
export function isUnused(realRoot: string): boolean {
  return kindOf(workFolderOf(realRoot)) === 'missing';
}

/** What is in a folder of journals, in any order. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await list(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []; // it went meanwhile
    throw error;
  }
}

/** Whether a folder of journals is there, and neither it nor what it is in a link to who knows where (invariant 13). */
export function isOwn(folder: string): boolean {
  return kindOf(dirname(folder)) === 'own' && kindOf(folder) === 'own';
}

function kindOf(folder: string): 'own' | 'foreign' | 'missing' {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'own' : 'foreign';
}

/** Removes folders of journals that have nothing in them, and what they are in with the last. */
export async function removeEmpty(some: readonly string[]): Promise<void> {
  const removed = await Promise.all(
    Array.from(new Set(some), async folder => (await removeWhenEmpty(folder)) && dirname(folder)),
  );
  for (const workFolder of new Set(removed)) if (workFolder !== false) await removeWhenEmpty(workFolder);
}

async function removeWhenEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
    return false;
  }
}
