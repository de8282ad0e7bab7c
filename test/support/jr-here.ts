import { main } from '../../cli/main.ts';
import type { Ended } from './jr.ts';

/**
 * Runs `jr` in this process, in its folder and environment and one at a time: without a process of its own it takes a
 * tenth of the time. What it prints is text and is kept; the reports of node:test are bytes and go on to where they went.
 */
export async function jrHere(args: readonly string[]): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  const restore = [capture('stdout', printed), capture('stderr', printed)];
  try {
    return { code: await main(['node', 'jr', ...args]), ...printed };
  } finally {
    for (const each of restore) each();
  }
}

function capture(name: 'stdout' | 'stderr', printed: Record<'stdout' | 'stderr', string>): () => void {
  const stream = process[name];
  const write = stream.write;
  const listeners = stream.listeners('error');
  stream.write = (chunk: unknown, ...rest: unknown[]) => {
    if (typeof chunk !== 'string') return Reflect.apply(write, stream, [chunk, ...rest]);
    printed[name] += chunk;
    return true;
  };
  return () => {
    stream.write = write;
    // Each run of main listens anew.
    for (const each of stream.listeners('error')) {
      if (!listeners.includes(each)) stream.off('error', each as () => void);
    }
  };
}
