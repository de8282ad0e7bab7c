import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkout } from '../checkout.ts';
import { orIfAbsent, StackError } from '../errors.ts';

/** The folder of everything that the local stack keeps: `JR_HOME`, else `.jr` in the checkout. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['JR_HOME'];
  return configured === undefined || configured === '' ? join(checkout, '.jr') : resolve(configured);
}

/** The workspace of who names none. */
export const ownWorkspace = (stateDir: string) => join(stateDir, 'workspace');

const keptIn = (stateDir: string) => join(stateDir, 'workspace-folder');

/**
 * The folder that tasks work on: `JR_WORKSPACE`, else that of the last start, else one of its own in the state folder.
 *
 * @throws {StackError} when that of the last start is away: an empty one in its place would be written in
 */
export function workspaceFolder(stateDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['JR_WORKSPACE'];
  if (configured !== undefined && configured !== '') return resolve(configured);
  const kept = keptWorkspace(stateDir);
  if (kept !== null && !existsSync(kept))
    throw new StackError(
      `The workspace ${kept}, which JR_WORKSPACE named at an earlier start, is not there: put it back or mount it, or set JR_WORKSPACE to the folder that is meant.`,
    );
  return kept ?? ownWorkspace(stateDir);
}

/**
 * What the ledger remembers was done to this folder: whoever starts the stack anew from another shell means it as well. Its
 * own one is not written down, so that the state folder can be moved.
 */
export function keepWorkspace(stateDir: string, workspace: string): void {
  if (workspace === ownWorkspace(stateDir)) rmSync(keptIn(stateDir), { force: true });
  else writeFileSync(keptIn(stateDir), workspace);
}

function keptWorkspace(stateDir: string): string | null {
  try {
    return readFileSync(keptIn(stateDir), 'utf8') || null;
  } catch (error) {
    return orIfAbsent(null)(error);
  }
}
