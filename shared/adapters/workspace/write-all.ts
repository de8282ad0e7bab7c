import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { FileChange, Journal } from '../../ports/workspace.ts';
import { keepModeAndOwner, readOrNull, sameBytes, syncFolders, writeSynced } from './file-bytes.ts';
import { isCode, resolveInside } from './resolve.ts';
import { abandonStaging, noteOriginal, openStaging, type Staging, stagingOf } from './staging.ts';

interface Prepared {
  readonly change: FileChange;
  readonly realPath: string;
  readonly temporary: string;
  /** Folders made for this file, deepest last. */
  readonly madeFolders: readonly string[];
}

/**
 * Writes all changes or none (invariant 4). First every file is checked against `before`, its new bytes are staged and
 * synced and its original is kept in the journal; only then come the renames. A failure before the first rename leaves
 * no trace; one between renames puts the originals back. See the port for the contract.
 */
export async function writeAll(
  realRoot: string,
  { key, epoch }: Journal,
  changes: readonly FileChange[],
  mayWrite: () => void,
): Promise<void> {
  mayWrite();
  const staging = stagingOf(realRoot, key);
  const prepared: Prepared[] = [];
  const renamed: Prepared[] = [];
  try {
    await openStaging(staging, mayWrite);
    for (const change of changes) {
      const temporary = staging.newFile(epoch, prepared.length);
      prepared.push(await prepare(realRoot, staging, change, temporary, mayWrite));
    }
    await syncFolders([staging.folder]);
    for (const file of prepared) {
      mayWrite();
      // Noted before it is done: a rename that was made and answered with an error has to be put back as well.
      renamed.push(file);
      await rename(file.temporary, file.realPath);
    }
    await syncFolders(foldersOf(renamed));
    await verify(renamed);
  } catch (error) {
    // Who has lost the lease touches nothing any more, not even to clean up (invariant 3): the files belong to the
    // next attempt, which knows from the intent log and the journal what is done.
    if (!(error instanceof JrError && error.code === 'LEASE_LOST')) {
      await putBack(prepared, renamed, mayWrite);
      mayWrite();
      // Only what this call noted: an earlier attempt may have died half-way, and its originals are yet to be put back.
      await abandonStaging(
        staging,
        prepared.map(({ change }) => change.path),
        mayWrite,
      );
    }
    if (error instanceof JrError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new JrError('WORKSPACE_IO', `The workspace could not be written: ${why}. No file was changed.`, {
      cause: error,
    });
  }
}

async function prepare(
  realRoot: string,
  staging: Staging,
  change: FileChange,
  temporary: string,
  mayWrite: () => void,
): Promise<Prepared> {
  // Again at write time: a folder may have become a link since the plan was made (invariant 13).
  const place = resolveInside(realRoot, change.path);
  if (place.kind === 'refused') throw new JrError(place.failure.code, place.failure.message);
  const { realPath } = place;
  if (!sameBytes(await readOrNull(realPath), change.before)) {
    throw new JrError(
      'FILE_CHANGED',
      `${change.path} was changed by somebody else after it had been planned.`,
    );
  }
  mayWrite();
  await writeSynced(temporary, change.after);
  if (change.before !== null) await keepModeAndOwner(realPath, temporary);
  await noteOriginal(staging, change.path, change.before === null ? null : realPath, mayWrite);
  mayWrite();
  return { change, realPath, temporary, madeFolders: await makeFolders(dirname(realPath)) };
}

/** Makes a folder and what is missing above it; answers what was made, deepest last. */
async function makeFolders(folder: string): Promise<string[]> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return [];
  const made = [folder];
  while (made[0] !== undefined && made[0] !== first) made.unshift(dirname(made[0]));
  return made;
}

async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) {
    try {
      await rmdir(folder);
    } catch (error) {
      // Somebody uses it by now: then it stays.
      if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
    }
  }
}

function foldersOf(files: readonly Prepared[]): string[] {
  return files.flatMap(({ realPath, madeFolders }) => [
    dirname(realPath),
    ...madeFolders.map(folder => dirname(folder)),
  ]);
}

/** What is claimed to be written is read once more (invariant 7). */
async function verify(files: readonly Prepared[]): Promise<void> {
  for (const { change, realPath } of files) {
    if (!sameBytes(await readOrNull(realPath), change.after)) {
      throw new JrError('WORKSPACE_IO', `${change.path} does not hold what was just written to it.`);
    }
  }
}

/** Whether a place holds these bytes; a folder, or nothing, does not. */
async function holds(realPath: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return sameBytes(await readOrNull(realPath), bytes);
  } catch (error) {
    if (isCode(error, 'EISDIR') || isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

/** Asks before each file: who is frozen while putting back finds the work of the next attempt in its place. */
async function putBack(
  prepared: readonly Prepared[],
  renamed: readonly Prepared[],
  mayWrite: () => void,
): Promise<void> {
  for (const { change, realPath, temporary } of renamed.toReversed()) {
    mayWrite();
    if (!(await holds(realPath, change.after))) continue;
    if (change.before === null) {
      await rm(realPath, { force: true });
    } else {
      await writeSynced(temporary, change.before);
      await keepModeAndOwner(realPath, temporary);
      mayWrite();
      await rename(temporary, realPath);
    }
  }
  mayWrite();
  for (const { madeFolders } of prepared.toReversed()) await removeFolders(madeFolders);
}
