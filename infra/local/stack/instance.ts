import { readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode, orIfAbsent, StackError, sentence } from '../errors.ts';
import type { Request, Response } from '../http.ts';
import { stackInfo } from './stack-info.ts';

/**
 * A running stack as its state folder knows it. The instance is a random word that only this start has: whoever
 * answers with it is this stack, whatever became of process numbers and ports. It also authorises the stop.
 */
const instanceFile = z.object({ instance: z.string(), pid: z.number(), info: stackInfo });
export type Instance = z.infer<typeof instanceFile>;

const HEADER = 'x-jr-instance';
const PATH = '_jr';

const fileOf = (stateDir: string) => join(stateDir, 'stack.json');

export async function writeInstance(stateDir: string, instance: Instance): Promise<void> {
  const draft = `${fileOf(stateDir)}.draft`;
  await writeFile(draft, `${JSON.stringify(instance)}\n`, { mode: 0o600 });
  await rename(draft, fileOf(stateDir));
}

export async function removeInstance(stateDir: string): Promise<void> {
  await rm(fileOf(stateDir), { force: true });
}

/** Whether the state folder still names this stack: it may have been removed, and another have begun in its place. */
export function isNamed(stateDir: string, instance: string): boolean {
  let text: string;
  try {
    text = readFileSync(fileOf(stateDir), 'utf8');
  } catch (error) {
    return errorCode(error) !== 'ENOENT';
  }
  return text.includes(instance);
}

/**
 * The stack that the state folder names, if it answers.
 * @throws {StackError} when it may not be asked: that of another user runs whether it is seen or not
 */
export async function liveInstance(stateDir: string): Promise<Instance | null> {
  const text = await readFile(fileOf(stateDir), 'utf8').catch(orIfAbsent(null)).catch(unreadable(stateDir));
  if (text === null) return null;
  try {
    const named = instanceFile.parse(JSON.parse(text));
    return (await call(named, 'GET')) === 200 ? named : null;
  } catch {
    return null; // nobody answers
  }
}

function unreadable(stateDir: string): (error: unknown) => never {
  return error => {
    throw new StackError(
      `The local stack of ${stateDir} may not be looked at (${sentence(error)}): be the user who started it, or set JR_HOME to a folder of your own.`,
    );
  };
}

/** Asks the stack to stop; it answers before it does. */
export async function askToStop(instance: Instance): Promise<boolean> {
  return (await call(instance, 'POST')) === 202;
}

async function call({ instance, info }: Instance, method: 'GET' | 'POST'): Promise<number> {
  const response = await fetch(`${info.lambda_endpoint}/${PATH}`, {
    method,
    headers: { [HEADER]: instance, connection: 'close' },
    signal: AbortSignal.timeout(3_000),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The daemon's side of both calls; null for requests that are not its own. */
export function answerInstance(request: Request, instance: string, stop: () => void): Response | null {
  if (request.path[0] !== PATH) return null;
  if (request.headers[HEADER] !== instance) return { status: 403 };
  if (request.method === 'GET') return { status: 200 };
  stop();
  return { status: 202 };
}
