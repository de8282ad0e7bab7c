import type { Journal } from '../../ports/workspace.ts';
import { sha256 } from './file-bytes.ts';

/**
 * What is kept of a path. `new`: the bytes that are renamed over a file; `old`: its original; `made`: the bytes of a file
 * that is made, linked into place, so that what stays here says that there was none before.
 */
export type Kept = 'new' | 'old' | 'made';

/** The name of what an attempt keeps: never one of another attempt's. */
export function nameOf({ key, epoch }: Journal, what: Kept, path: string): string {
  return `${key}.${what}-${hashOf(path)}-${epoch}`;
}

const hashLength = 32;

/** A path is known in the folder by its hash: it may be longer than a name. */
export function hashOf(path: string): string {
  return sha256(path).slice(0, hashLength);
}

/** Of the names in the folder most are of others that work at the same time: those are not taken apart. */
export function keyIn(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

export function hashIn(name: string): string {
  const at = name.indexOf('-', name.indexOf('.')) + 1;
  return name.slice(at, at + hashLength);
}

/** What a name in the folder says; its journal's key has no dot. */
export function parse(name: string) {
  const [key = '', rest = ''] = name.split('.', 2);
  const [what = '', hash = '', epoch = ''] = rest.split('-');
  return { name, key, what, hash, epoch: Number(epoch) };
}
