import { lstatSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import { list, mkdirIn } from './disk-calls.ts';
import { isCode } from './is-code.ts';
import { lstatAnew, statFolderAnew } from './look-anew.ts';

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
  if (!isDirectory(workFolderOf(realRoot))) return [];
  const asked = new Set<string>();
  return Array.from({ length: folders }, (_, at) => nthFolder(realRoot, at)).filter(folder =>
    isDirectory(folder, asked),
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
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) await makeOne(folder);
  else if (!stats.isDirectory()) {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${workFolderName} in the workspace is no folder, or has something else than folders in it: remove it. Files are staged there before they are written.`,
    );
  }
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

/**
 * Where there is no journal at all, for the folders go with the last that was in them: when anything was last made or
 * removed in the workspace itself, as a journal is nowhere without a folder being made there. As exact as the time of the
 * file system, whose ticks are of some milliseconds; a write waits for the disk longer. Null where there may be a journal.
 */
export function unusedSince(realRoot: string): string | null {
  const { mtimeNs, ctimeNs } = statFolderAnew(realRoot);
  return lstatSync(workFolderOf(realRoot), { throwIfNoEntry: false }) === undefined
    ? `${mtimeNs} ${ctimeNs}`
    : null;
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
  return isDirectory(dirname(folder)) && isDirectory(folder);
}

function isDirectory(folder: string, asked?: Set<string>): boolean {
  return lstatAnew(folder, asked)?.isDirectory() ?? false;
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
