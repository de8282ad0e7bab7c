/**
 * The local stack as a background process. `control.ts` starts it and hears over the IPC channel how it goes; its
 * output is `.jr/log/stack.log`. It ends on SIGTERM, SIGINT or when asked over HTTP.
 */
import { randomUUID } from 'node:crypto';
import { StackError, sentence } from './errors.ts';
import type { DaemonMessage } from './stack/daemon-message.ts';
import { answerInstance, isNamed, removeInstance, writeInstance } from './stack/instance.ts';
import { StackBusy } from './stack/state-lock.ts';
import { type Stack, startStack } from './stack.ts';

const instance = randomUUID();
let stack: Stack | undefined;
let stopping = false;

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

const lookMs = 1_000;

/**
 * Who removes the state folder, or the checkout around it, means the stack as well: nobody could find it any more. It ends
 * as one that is killed does, since another may have begun in its place; PostgreSQL ends by itself without its folder.
 */
function endWithFolder(stateDir: string): void {
  setInterval(() => {
    if (isNamed(stateDir, instance) || stopping) return;
    log('its folder names it no more');
    process.exit(1);
  }, lookMs);
}

/** Resolves when it is out. The command may be gone (Ctrl-C): then nobody waits, and the stack goes on. */
function tell(message: DaemonMessage): Promise<void> {
  return new Promise(resolve => {
    if (process.connected) process.send?.(message, undefined, undefined, () => resolve());
    else resolve();
  });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  log('stopping');
  if (stack !== undefined) {
    await removeInstance(stack.stateDir);
    await stack.stop();
  }
  log('stopped');
  process.exit(0);
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  process.on(signal, () => void stop());
}

try {
  log(`starting, process ${process.pid}`);
  stack = await startStack({
    onProgress: line => {
      log(line);
      void tell({ type: 'progress', line });
    },
    otherwise: request => answerInstance(request, instance, () => void stop()),
  });
  await writeInstance(stack.stateDir, { instance, pid: process.pid, info: stack.info });
  log('ready');
  endWithFolder(stack.stateDir);
  await tell({ type: 'ready', info: stack.info });
} catch (error) {
  const busy = error instanceof StackBusy;
  log(error instanceof StackError || !(error instanceof Error) ? sentence(error) : String(error.stack));
  await tell(busy ? { type: 'busy' } : { type: 'failed', message: sentence(error) });
  process.exit(1);
}
