import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { orIfAbsent } from '../errors.ts';
import { commandOf } from '../process-command.ts';

/** What a running (or killed) server wrote into postmaster.pid. */
export interface PidFile {
  readonly pid: number;
  readonly port: number;
  /** `ready`, `starting`, `stopping`; empty when the server had not come that far. */
  readonly status: string;
}

/** Reads `postmaster.pid`; null when there is none or it is no use. */
export async function readPidFile(dataDir: string): Promise<PidFile | null> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(orIfAbsent(''));
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]) || 0, status: (lines[7] ?? '').trim() };
}

/** True when the process of the pid file is the server of this data folder. */
export async function isServerOf(dataDir: string, pid: number): Promise<boolean> {
  const command = await commandOf(pid);
  return /\bpostgres\b/.test(command) && command.includes(dataDir);
}

/** No process has this number, on any system. */
const NOBODY = 2_147_483_647;

/**
 * Makes a stale pid file harmless. Only the number is replaced: the rest tells PostgreSQL which shared memory to
 * look for, its own protection against backends that outlived their postmaster.
 */
export async function disarmPidFile(dataDir: string): Promise<void> {
  const path = join(dataDir, 'postmaster.pid');
  const text = await readFile(path, 'utf8').catch(orIfAbsent(null));
  if (text === null) return;
  await writeFile(path, [String(NOBODY), ...text.split('\n').slice(1)].join('\n'));
}
