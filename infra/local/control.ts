import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { StackError, sentence } from './errors.ts';
import { makeFolder } from './make-folder.ts';
import { answers, stopLeftover } from './postgres.ts';
import { daemonMessage } from './stack/daemon-message.ts';
import { askToStop, liveInstance } from './stack/instance.ts';
import { checkSettings } from './stack/kept-settings.ts';
import type { StackInfo } from './stack/stack-info.ts';
import { stateFolder, workspaceFolder } from './stack/state-folder.ts';
import { lockState, StackBusy } from './stack/state-lock.ts';

const START_SECONDS = 60;
const STOP_SECONDS = 30;

export interface UpOptions {
  /** Gets a line for each part that is up. */
  readonly onProgress?: (line: string) => void;
  /** Settings of the stack. Default: this process' environment. */
  readonly env?: NodeJS.ProcessEnv;
}

const logFile = (stateDir: string) => join(stateDir, 'log', 'stack.log');

/** The daemon ended or hung without a word; its log may know why. */
class SilentDaemon extends Error {}

/** Spawns the daemon in a session of its own, so that it outlives this process and its terminal. */
function spawnDaemon(stateDir: string, env: NodeJS.ProcessEnv): ChildProcess {
  const log = openLog(stateDir);
  try {
    return spawn(process.execPath, [fileURLToPath(new URL('./daemon.ts', import.meta.url))], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...env, JR_HOME: stateDir },
    });
  } finally {
    closeSync(log);
  }
}

function openLog(stateDir: string): number {
  try {
    makeFolder(join(stateDir, 'log'));
    return openSync(logFile(stateDir), 'a');
  } catch (error) {
    throw notWritable(error);
  }
}

/** Waits for the daemon's verdict: the stack is up, or another daemon has the state folder. */
function verdict(child: ChildProcess, onProgress: (line: string) => void): Promise<StackInfo | 'busy'> {
  return new Promise((resolve, reject) => {
    const give = (result: StackInfo | 'busy') => {
      clearTimeout(timer);
      if (child.connected) child.disconnect();
      child.unref();
      resolve(result);
    };
    const timer = setTimeout(() => {
      child.kill('SIGTERM');
      reject(new SilentDaemon(`it was not up after ${START_SECONDS} s`));
    }, START_SECONDS * 1_000);
    child.on('message', raw => {
      const message = daemonMessage.parse(raw);
      if (message.type === 'progress') onProgress(message.line);
      else if (message.type === 'ready') give(message.info);
      else if (message.type === 'busy') give('busy');
      else {
        clearTimeout(timer);
        reject(new StackError(`The local stack did not start: ${message.message}`));
      }
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      // Its last message may still be on its way.
      setTimeout(() => reject(new SilentDaemon(`its process ended (${signal ?? `exit code ${code}`})`)), 100);
    });
  });
}

async function logTail(stateDir: string): Promise<string> {
  const text = await readFile(logFile(stateDir), 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-10).join('\n');
}

/** Waits for the stack that another `up` is starting. */
async function awaitOther(stateDir: string): Promise<StackInfo> {
  for (const deadline = Date.now() + START_SECONDS * 1_000; Date.now() < deadline; await sleep(50)) {
    const found = await liveInstance(stateDir);
    if (found !== null) return found.info;
    if (isUnlocked(stateDir)) break;
  }
  throw new StackError(
    `Another start of the local stack (${stateDir}) did not come to an end: see ${logFile(stateDir)}, then try again.`,
  );
}

/** @throws {StackError} when the state folder cannot be one: nobody has it, and nobody will give it back */
function isUnlocked(stateDir: string): boolean {
  try {
    lockState(stateDir)();
    return true;
  } catch (error) {
    if (error instanceof StackBusy) return false;
    throw notWritable(error);
  }
}

function notWritable(error: unknown): StackError {
  return new StackError(
    `The folder of the local stack cannot be written (${sentence(error)}): set JR_HOME to one that you may write.`,
  );
}

/**
 * Starts the local stack in the background and waits until it is ready, or finds the one that runs.
 * @throws {StackError} one sentence on what went wrong and what to do, with the end of the log
 */
export async function upStack(options: UpOptions = {}): Promise<{ info: StackInfo; started: boolean }> {
  const env = options.env ?? process.env;
  const stateDir = stateFolder(env);
  const running = await liveInstance(stateDir);
  if (running !== null) {
    checkWorkspace(running.info, stateDir, env);
    if (!(await answers(running.info.database_url)))
      throw new StackError(
        'The local stack is up, but its PostgreSQL does not answer: start it anew with "npx jr down" and "npx jr up"; what it holds stays.',
      );
    checkSettings(running.info.database_url, stateDir, env);
    return { info: running.info, started: false };
  }
  try {
    const result = await verdict(spawnDaemon(stateDir, env), options.onProgress ?? (() => {}));
    if (result !== 'busy') return { info: result, started: true };
  } catch (error) {
    if (!(error instanceof SilentDaemon)) throw error;
    throw new StackError(
      `The local stack did not start: ${error.message}. The end of ${logFile(stateDir)}:\n${await logTail(stateDir)}`,
    );
  }
  return { info: await awaitOther(stateDir), started: false };
}

/** A stack that is up keeps its workspace: whoever names another would have tasks write where nobody looks. */
function checkWorkspace({ workspace }: StackInfo, stateDir: string, env: NodeJS.ProcessEnv): void {
  const wanted = (env['JR_WORKSPACE'] ?? '') === '' ? workspace : workspaceFolder(stateDir, env);
  if (workspace === wanted) return;
  throw new StackError(
    `The local stack is up on the workspace ${workspace}, and JR_WORKSPACE names ${wanted}: start it anew with "npx jr down" and "npx jr up"; what it holds stays.`,
  );
}

/** The running stack, or null. */
export async function findStack(env: NodeJS.ProcessEnv = process.env): Promise<StackInfo | null> {
  return (await liveInstance(stateFolder(env)))?.info ?? null;
}

/**
 * Stops the stack: running invocations finish (at most 5 s), PostgreSQL shuts down. One that is being started is waited
 * for, since it would be up a moment later, and one that another `down` stops. A PostgreSQL that a killed stack left
 * behind is stopped too.
 * @returns false when nothing ran
 */
export async function downStack(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const stateDir = stateFolder(env);
  if (!existsSync(stateDir)) return false; // and is not made by the look
  let running = await liveInstance(stateDir);
  if (running === null && isUnlocked(stateDir)) return stopLeftover(stateDir);
  const patience = running === null ? START_SECONDS + STOP_SECONDS : STOP_SECONDS;
  let asked = false;
  for (const deadline = Date.now() + patience * 1_000; Date.now() < deadline; await sleep(20)) {
    if (running !== null && !asked) asked = await askToStop(running).catch(() => false);
    if (isUnlocked(stateDir)) return asked || stopLeftover(stateDir);
    running ??= await liveInstance(stateDir);
  }
  throw new StackError(
    `The local stack${running === null ? '' : ` (process ${running.pid})`} did not stop within ${patience} s: see ${logFile(stateDir)}, or end the process.`,
  );
}
