import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { failure } from '../../domain/failure.ts';
import type { FileState } from '../../ports/workspace.ts';
import { isCode } from './is-code.ts';
import { type Folders, resolveInside } from './resolve.ts';

/**
 * Reads one file of the workspace, or says why it cannot be used.
 *
 * @param namedBefore real paths that were loaded together with this one, with the path that named each: two spellings
 *   of one file (a link, another case where the disk does not tell) would be planned as two files and overwrite each other
 */
export function loadFile(
  root: string,
  path: string,
  maxBytes: number,
  namedBefore: Map<string, string>,
  folders: Folders,
): FileState {
  try {
    const place = resolveInside(root, path, folders);
    if (place.kind === 'refused') return place;
    const { inside } = place;
    const other = namedBefore.get(inside);
    if (other !== undefined) {
      const message = `${path} and ${other} are one file: name it in one way.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    namedBefore.set(inside, path);
    const state: FileState = place.exists ? readBounded(place.realPath, path, maxBytes) : { kind: 'missing' };
    return state.kind === 'refused' || inside === path ? state : { ...state, realPath: inside };
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { kind: 'missing' };
    if (isCode(error, 'ENAMETOOLONG')) {
      const message = `${path} is longer than a path may be here: name it more shortly.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    const message = `${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`;
    return { kind: 'refused', failure: failure('WORKSPACE_IO', message) };
  }
}

function readBounded(realPath: string, path: string, maxBytes: number): FileState {
  // Opening a pipe without O_NONBLOCK would wait for somebody to write into it.
  const file = openSync(realPath, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) {
      const message = `${path} is a folder or a special file: name a regular file.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    if (stats.size > maxBytes) {
      const message = `${path} has ${stats.size} bytes, more than the ${maxBytes} that are read. Split it, or change it by other means.`;
      return { kind: 'refused', failure: failure('LIMIT_EXCEEDED', message) };
    }
    return { kind: 'file', bytes: readWhole(file, stats.size) };
  } finally {
    closeSync(file);
  }
}

/** What is in an open file of that size; less when it was cut off meanwhile. */
function readWhole(file: number, size: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(size);
  let length = 0;
  while (length < size) {
    const read = readSync(file, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}
