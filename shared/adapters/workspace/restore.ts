import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Restored, WrittenFile } from '../../ports/workspace.ts';
import { readOrNull, sameBytes, sha256, syncFolder } from './file-bytes.ts';
import { resolveInside } from './resolve.ts';
import { exists, removeStaging, type Staging, stagingOf } from './staging.ts';

/**
 * Puts back what a dead attempt wrote, by its journal (invariant 4). Only a file that still holds the very bytes that
 * the attempt meant to write is touched: what somebody changed since is theirs. May be repeated after a crash.
 */
export async function restore(
  realRoot: string,
  key: string,
  files: readonly WrittenFile[],
  mayWrite: () => void,
): Promise<Restored> {
  const staging = stagingOf(realRoot, key);
  const restored: string[] = [];
  const changed: string[] = [];
  for (const { path, afterSha256 } of files) {
    const place = resolveInside(realRoot, path);
    if (place.kind === 'refused') continue;
    const bytes = readOrNull(place.realPath);
    if (bytes === null || sha256(bytes) !== afterSha256) {
      if (isTheirs(staging, path, bytes)) changed.push(path);
      continue;
    }
    if (await putBack(staging, path, place.realPath, mayWrite)) {
      await syncFolder(dirname(place.realPath));
      restored.push(path);
    }
  }
  mayWrite();
  await removeStaging(realRoot, [key]);
  return { restored, changed };
}

/** Whether the journal knows a file that holds neither what was written nor what had been there. */
function isTheirs(staging: Staging, path: string, bytes: Uint8Array | null): boolean {
  const original = readOrNull(staging.original(path));
  if (original !== null) return !sameBytes(original, bytes);
  return bytes !== null && exists(staging.madeMark(path));
}

/** Answers whether the journal knows the path. */
async function putBack(
  staging: Staging,
  path: string,
  realPath: string,
  mayWrite: () => void,
): Promise<boolean> {
  if (exists(staging.original(path))) {
    mayWrite();
    await rename(staging.original(path), realPath);
    return true;
  }
  if (exists(staging.madeMark(path))) {
    mayWrite();
    await rm(realPath, { force: true });
    return true;
  }
  return false;
}
