import { access, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WrittenFile } from '../../ports/workspace.ts';
import { readOrNull, sha256, syncFolders } from './file-bytes.ts';
import { isCode, resolveInside } from './resolve.ts';
import { removeStaging, type Staging, stagingOf } from './staging.ts';

/**
 * Puts back what a dead attempt wrote, by its journal (invariant 4). Only a file that still holds the very bytes that
 * the attempt meant to write is touched: what somebody changed since is theirs. May be repeated after a crash.
 */
export async function restore(
  realRoot: string,
  key: string,
  files: readonly WrittenFile[],
  mayWrite: () => void,
): Promise<string[]> {
  const staging = stagingOf(realRoot, key);
  const restored: string[] = [];
  for (const { path, afterSha256 } of files) {
    const place = await resolveInside(realRoot, path);
    if (place.kind === 'refused') continue;
    const bytes = await readOrNull(place.realPath);
    if (bytes === null || sha256(bytes) !== afterSha256) continue;
    if (await putBack(staging, path, place.realPath, mayWrite)) {
      await syncFolders([dirname(place.realPath)]);
      restored.push(path);
    }
  }
  await removeStaging(realRoot, key);
  return restored;
}

/** Answers whether the journal knows the path. */
async function putBack(
  staging: Staging,
  path: string,
  realPath: string,
  mayWrite: () => void,
): Promise<boolean> {
  if (await exists(staging.original(path))) {
    mayWrite();
    await rename(staging.original(path), realPath);
    return true;
  }
  if (await exists(staging.madeMark(path))) {
    mayWrite();
    await rm(realPath, { force: true });
    return true;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}
