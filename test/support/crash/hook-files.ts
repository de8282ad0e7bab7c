import { AsyncLocalStorage } from 'node:async_hooks';
import descriptors, { closeSync, fstatSync, ftruncateSync } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { type Call, mustLive, type Victim } from './points.ts';

/** The process on whose behalf the current code runs. The test's own code runs on nobody's. */
export const running = new AsyncLocalStorage<Victim>();

/** Those that change the disk: crash points, before and after. What only reads is none. */
const changing = [
  'rename',
  'rm',
  'unlink',
  'mkdir',
  'rmdir',
  'chmod',
  'chown',
  'link',
  'copyFile',
  'writeFile',
  'utimes',
] as const;
const reading = ['lstat', 'stat', 'realpath', 'readFile', 'readdir', 'access', 'readlink'] as const;
const handleChanging = ['writeFile', 'write', 'sync', 'datasync', 'chmod', 'chown', 'truncate'] as const;
const handleReading = ['readFile', 'read', 'stat'] as const;

/** Whether a call puts a file of the workspace into place, be it what a task wrote or what had been there before. */
export function isPlacing(name: string): boolean {
  return /^file (rename|link) task-/.test(name);
}

type AnyFunction = (...args: unknown[]) => Promise<unknown>;

const paths = new WeakMap<object, string>();

/** The end of the calls that each process has begun. */
const ends = new WeakMap<Victim, Promise<unknown>>();

/**
 * What a process does to several files at one time is done here one after the other, as it was begun: so that the calls
 * have the same numbers in every run, and none is done when one before it was the last.
 */
function inOrder<T>(victim: Victim, call: () => Promise<T>): Promise<T> {
  const before = ends.get(victim) ?? Promise.resolve();
  const answer = before.then(call);
  ends.set(
    victim,
    answer.catch(() => undefined),
  );
  return answer;
}

/** From here on the file operations of code that runs as a victim are crash points, in this whole process. */
export async function hookFiles(): Promise<void> {
  for (const name of changing) patch(fs, name, changes(name));
  for (const name of reading) patch(fs, name, reads);
  patch(fs, 'open', opens);
  const handle = await fs.open('.', 'r');
  const prototype: object = Object.getPrototypeOf(handle);
  await handle.close();
  for (const name of handleChanging) patch(prototype, name, changes(`handle.${name}`));
  for (const name of handleReading) patch(prototype, name, reads);
  patchCallback('open', opensDescriptor);
  patchCallback('fsync', syncsDescriptor);
  for (const name of ['link', 'rename', 'unlink', 'mkdir'] as const)
    patchCallback(name, (original, victim, args) => changes(name)(original, victim, undefined, args));
  const { openSync } = descriptors;
  descriptors.openSync = (path, ...how) => {
    const descriptor = openSync(path, ...how);
    if (running.getStore() !== undefined) opened.set(descriptor, { path: String(path), written: false });
    return descriptor;
  };
  syncBuiltinESMExports();
}

function patch(
  target: object,
  name: string,
  wrap: (original: AnyFunction, victim: Victim, self: unknown, args: unknown[]) => Promise<unknown>,
): void {
  // The functions of node:fs are many and overloaded; they are passed their arguments as they came.
  const original = Reflect.get(target, name) as AnyFunction;
  Reflect.set(target, name, function (this: unknown, ...args: unknown[]) {
    const victim = running.getStore();
    return victim === undefined ? Reflect.apply(original, this, args) : wrap(original, victim, this, args);
  });
}

const reads = (original: AnyFunction, victim: Victim, self: unknown, args: unknown[]) =>
  inOrder(victim, () => {
    mustLive(victim);
    return Reflect.apply(original, self, args);
  });

/** Also for the dead, whose system closes what they had open. */
const closes = (original: AnyFunction, victim: Victim, self: unknown, args: unknown[]) =>
  inOrder(victim, () => Reflect.apply(original, self, args));

const opens = async (original: AnyFunction, victim: Victim, self: unknown, args: unknown[]) => {
  let opened: FileHandle | undefined;
  const open = async () => {
    // What open of node:fs/promises answers.
    opened = (await Reflect.apply(original, self, args)) as FileHandle;
    paths.set(opened, String(args[0]));
    // Each handle has a close of its own.
    patch(opened, 'close', closes);
    return opened;
  };
  if (args[1] === 'r' || args[1] === undefined) {
    return await inOrder(victim, () => {
      mustLive(victim);
      return open();
    });
  }
  try {
    return await changes('open')(open, victim, self, args);
  } catch (error) {
    await opened?.close(); // nobody got it
    throw error;
  }
};

/** What is behind each descriptor of node:fs. */
const opened = new Map<unknown, { readonly path: string; readonly written: boolean }>();

function patchCallback(
  name: 'open' | 'fsync' | 'link' | 'rename' | 'unlink' | 'mkdir',
  wrap: (original: AnyFunction, victim: Victim, args: unknown[]) => Promise<unknown>,
): void {
  const original = descriptors[name];
  Reflect.set(descriptors, name, (...args: unknown[]) => {
    const victim = running.getStore();
    if (victim === undefined) return Reflect.apply(original, descriptors, args);
    // The last argument of each.
    const callback = args.pop() as (error: unknown, answer?: unknown) => void;
    // Passed their arguments as they came, like all functions here.
    wrap(promisify(original) as AnyFunction, victim, args).then(answer => callback(null, answer), callback);
  });
}

const opensDescriptor = async (original: AnyFunction, victim: Victim, args: unknown[]) => {
  let descriptor: unknown;
  const open = async () => {
    descriptor = await original(...args);
    opened.set(descriptor, { path: String(args[0]), written: true });
    return descriptor;
  };
  try {
    return await changes('open')(open, victim, undefined, args);
  } catch (error) {
    if (typeof descriptor === 'number') closeSync(descriptor); // nobody got it
    throw error;
  }
};

/** What was written at once before it counts as half done where a process dies in the middle of the sync. */
const syncsDescriptor = async (_: AnyFunction, victim: Victim, [descriptor]: unknown[]) => {
  const { path = '', written = false } = opened.get(descriptor) ?? {};
  const half = async () => {
    const file = Number(descriptor);
    ftruncateSync(file, Math.floor(fstatSync(file).size / 2));
  };
  const call: Call<unknown> = {
    name: `file sync ${basename(path)}`,
    work: async () => undefined,
    failure: () => Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' }),
    ...(written ? { half } : {}),
  };
  return await inOrder(victim, () => victim.points.pass(victim, call));
};

function changes(name: string) {
  return async (original: AnyFunction, victim: Victim, self: unknown, args: unknown[]) => {
    const of = typeof self === 'object' && self !== null ? paths.get(self) : undefined;
    const [first, second] = args;
    const places = [of ?? first, typeof second === 'string' && of === undefined ? second : undefined];
    const half = typeof first === 'object' && first instanceof Uint8Array ? first : undefined;
    const call: Call<unknown> = {
      name: `file ${name} ${places
        .filter(place => typeof place === 'string')
        .map(place => basename(String(place)))
        .join(' ')}`,
      // Processes die here, but the power stays on: what is in memory reaches the disk, and syncing takes most of the time.
      work: async () => (name.endsWith('sync') ? undefined : await Reflect.apply(original, self, args)),
      failure: () => Object.assign(new Error(`EIO: i/o error, ${name}`), { code: 'EIO' }),
      ...(half !== undefined && name.startsWith('handle.write')
        ? { half: () => Reflect.apply(original, self, [half.subarray(0, half.length / 2), ...args.slice(1)]) }
        : {}),
    };
    return await inOrder(victim, () => victim.points.pass(victim, call));
  };
}
