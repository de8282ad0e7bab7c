import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { chmod, chown, open } from 'node:fs/promises';
import { isCode } from './resolve.ts';

/** The bytes of a file, null when there is none. */
export function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Makes a file and waits until the disk has it. Never writes through what stands there already, a link least of all. */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename, a link or a removal is durable only once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function keepModeAndOwner(original: string, copy: string): Promise<void> {
  const from = statSync(original);
  const to = statSync(copy);
  if (from.uid !== to.uid || from.gid !== to.gid) await chown(copy, from.uid, from.gid);
  else if (from.mode === to.mode) return;
  await chmod(copy, from.mode & 0o7777); // last: a change of owner takes the set-user-id bit away
}

export function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
}

/** SHA-256, lower-case hex. */
export function sha256(content: Uint8Array | string): string {
  return hash('sha256', content, 'hex');
}
