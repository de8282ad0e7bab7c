import { join, resolve } from 'node:path';
import { checkout } from '../checkout.ts';

/** The folder of everything that the local stack keeps: `JR_HOME`, else `.jr` in the checkout. */
export function stateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['JR_HOME'];
  return configured === undefined || configured === '' ? join(checkout, '.jr') : resolve(configured);
}

/** The folder that tasks work on: `JR_WORKSPACE`, else one of its own in the state folder. */
export function workspaceFolder(stateDir: string, env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['JR_WORKSPACE'];
  return configured === undefined || configured === '' ? join(stateDir, 'workspace') : resolve(configured);
}
