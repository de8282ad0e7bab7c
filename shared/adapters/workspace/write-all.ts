import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { FileChange } from '../../ports/workspace.ts';
import { isCode, resolveInside } from './resolve.ts';

interface Prepared {
  readonly change: FileChange;
  readonly realPath: string;
  readonly temporary: string;
  /** Folders made for this file, deepest last. */
  readonly madeFolders: readonly string[];
}

/**
 * Writes all changes or none (invariant 4). First every file is checked against `before` and its new bytes are put
 * beside it and synced; only then come the renames. A failure before the first rename leaves no trace; one between
 * renames puts the originals back. See the port for the contract.
 */
export async function writeAll(
  realRoot: string,
  changes: readonly FileChange[],
  mayWrite: () => void,
): Promise<void> {
  mayWrite();
  const prepared: Prepared[] = [];
  const renamed: Prepared[] = [];
  try {
    for (const change of changes) prepared.push(await prepare(realRoot, change));
    for (const file of prepared) {
      mayWrite();
      await rename(file.temporary, file.realPath);
      renamed.push(file);
    }
    await syncFolders(renamed);
    await verify(renamed);
  } catch (error) {
    // Who has lost the lease touches nothing any more, not even to clean up (invariant 3): the files belong to the
    // next attempt, which knows from the intent log what is done.
    if (!(error instanceof JrError && error.code === 'LEASE_LOST')) {
      mayWrite();
      await putBack(prepared, renamed);
    }
    if (error instanceof JrError) throw error;
    throw new JrError(
      'WORKSPACE_IO',
      `The workspace could not be written: ${messageOf(error)}. No file was changed.`,
      {
        cause: error,
      },
    );
  }
}

async function prepare(realRoot: string, change: FileChange): Promise<Prepared> {
  // Again at write time: a folder may have become a link since the plan was made (invariant 13).
  const place = await resolveInside(realRoot, change.path);
  if (place.kind === 'refused') throw new JrError(place.failure.code, place.failure.message);
  const { realPath } = place;
  if (!same(await readOrNull(realPath), change.before)) {
    throw new JrError(
      'FILE_CHANGED',
      `${change.path} was changed by somebody else after it had been planned.`,
    );
  }
  const madeFolders = await makeFolders(dirname(realPath));
  // Named by its content: the next attempt after a crash finds its own leftover and uses it up.
  const temporary = join(
    dirname(realPath),
    `.${basename(realPath)}.${hashOf(change.after).slice(0, 12)}.jr-tmp`,
  );
  try {
    await writeSynced(temporary, change.after);
    if (change.before !== null) await keepModeAndOwner(realPath, temporary);
  } catch (error) {
    await rm(temporary, { force: true });
    await removeFolders(madeFolders);
    throw error;
  }
  return { change, realPath, temporary, madeFolders };
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function keepModeAndOwner(original: string, copy: string): Promise<void> {
  const from = await stat(original);
  await chmod(copy, from.mode & 0o7777);
  const to = await stat(copy);
  if (from.uid !== to.uid || from.gid !== to.gid) await chown(copy, from.uid, from.gid);
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

/** A rename is durable only once its folder is. */
async function syncFolders(files: readonly Prepared[]): Promise<void> {
  const folders = new Set(
    files.flatMap(({ realPath, madeFolders }) => [
      dirname(realPath),
      ...madeFolders.map(folder => dirname(folder)),
    ]),
  );
  for (const folder of folders) {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

/** What is claimed to be written is read once more (invariant 7). */
async function verify(files: readonly Prepared[]): Promise<void> {
  for (const { change, realPath } of files) {
    if (!same(await readOrNull(realPath), change.after)) {
      throw new JrError('WORKSPACE_IO', `${change.path} does not hold what was just written to it.`);
    }
  }
}

async function putBack(prepared: readonly Prepared[], renamed: readonly Prepared[]): Promise<void> {
  for (const { change, realPath, temporary } of renamed.toReversed()) {
    if (change.before === null) {
      await rm(realPath, { force: true });
    } else {
      await writeSynced(temporary, change.before);
      await keepModeAndOwner(realPath, temporary);
      await rename(temporary, realPath);
    }
  }
  for (const { temporary } of prepared) await rm(temporary, { force: true });
  for (const { madeFolders } of prepared.toReversed()) await removeFolders(madeFolders);
}

async function readOrNull(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function same(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
