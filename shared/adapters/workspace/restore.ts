import { dirname } from 'node:path';
import type { Journal, Restored, WrittenFile } from '../../ports/workspace.ts';
import { remove, rename } from './disk-calls.ts';
import { readOrNull, sameBytes, sha256, syncFolder } from './file-bytes.ts';
import { type Note, readJournal } from './read-journals.ts';
import { removeStaging } from './remove-journals.ts';
import { resolveInside } from './resolve.ts';

/**
 * Puts back what a dead attempt wrote, by its journal (invariant 4). Only a file that still holds the very bytes that
 * the attempt meant to write is touched: what somebody changed since is theirs. May be repeated after a crash.
 */
export async function restore(
  realRoot: string,
  journal: Journal,
  files: readonly WrittenFile[],
  mayWrite: () => void,
): Promise<Restored> {
  const { noteOf, knowsBesides, outdated } = await readJournal(realRoot, journal.key);
  for (const file of outdated) {
    mayWrite();
    await remove(file);
  }
  const restored: string[] = [];
  const changed: string[] = [];
  const places: string[] = [];
  const unknown: string[] = [];
  for (const { path, afterSha256 } of files) {
    const place = resolveInside(realRoot, path);
    const note = place.kind === 'refused' ? undefined : noteOf(place.inside);
    if (note === undefined || place.kind === 'refused') {
      unknown.push(path);
      continue;
    }
    const { inside, realPath } = place;
    places.push(inside);
    if (place.exists && place.isFolder) {
      changed.push(path);
      continue;
    }
    const bytes = readOrNull(realPath);
    if (bytes === null || sha256(bytes) !== afterSha256) {
      if (isTheirs(note, bytes)) changed.push(path);
      continue;
    }
    mayWrite();
    if (note.made) await remove(realPath);
    else await rename(note.file, realPath);
    await syncFolder(dirname(realPath));
    restored.push(path);
  }
  // A link by which one was written leads elsewhere now: which of them it was cannot be seen any more.
  if (knowsBesides(places)) changed.push(...unknown);
  mayWrite();
  await removeStaging(realRoot, [journal]);
  return { restored, changed };
}

/** Whether a file that does not hold what was written does not hold what had been there either. */
function isTheirs({ file, made }: Note, bytes: Uint8Array | null): boolean {
  return made ? bytes !== null : !sameBytes(readOrNull(file), bytes);
}
