import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { isCode } from './is-code.ts';

// A network file system, as EFS is one, remembers that a name is not there for as long as it trusts what it knows of the
// folder: up to a minute, in which what other functions make stays unseen. Opening the folder asks the server, and where
// that tells of a change, what was remembered of names is forgotten (close-to-open consistency; Linux: nfs(5), fs/nfs/dir.c).

/**
 * What stands at a place, links not followed; undefined only when there is nothing by now.
 *
 * @param asked the folders that were asked at this moment already; gets the one that had to be
 */
export function lstatAnew(path: string, asked: Set<string> = new Set()): Stats | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  const folder = dirname(path);
  if (stats !== undefined || asked.has(folder)) return stats;
  asked.add(folder);
  try {
    closeSync(openFolder(folder));
  } catch (error) {
    // It is not there either, or may be passed but not read: there is nothing more to be had.
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR') || isCode(error, 'EACCES')) return undefined;
    throw error;
  }
  return lstatSync(path, { throwIfNoEntry: false });
}

/** A folder as it is at this moment; from then on names in it are looked for anew where it has changed. */
export function statFolderAnew(folder: string): BigIntStats {
  const file = openFolder(folder);
  try {
    return fstatSync(file, { bigint: true });
  } finally {
    closeSync(file);
  }
}

function openFolder(folder: string): number {
  return openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
}
