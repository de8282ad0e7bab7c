import { hash } from 'node:crypto';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { chmod, chown } from 'node:fs/promises';
import { create, sync } from './disk-calls.ts';
import { isCode } from './is-code.ts';

/** The bytes of a file, null when there is none. */
export function readOrNull(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Makes a file and waits until the disk has it. Never writes through what stands there already, a link least of all.
 * Writing goes to memory and closing waits for nothing after a sync: neither is worth the way over the thread pool.
 */
export async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await create(path);
  try {
    for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
    await sync(file);
  } finally {
    closeSync(file);
  }
}

/** A rename, a link or a removal is durable only once its folder is. */
export async function syncFolder(folder: string): Promise<void> {
  const file = openSync(folder, 'r');
  try {
    await sync(file);
  } finally {
    closeSync(file);
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
