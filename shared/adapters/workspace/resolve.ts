import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { type Failure, failure } from '../../domain/failure.ts';

export type Resolved =
  | { readonly kind: 'inside'; readonly realPath: string; readonly exists: boolean }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** Where folders of the workspace are, by their names, while several paths are resolved at one time. */
export type Folders = Map<string, Resolved>;

/**
 * Where a workspace path really is, every symbolic link followed. Refuses what leads outside (invariant 13): by `..`,
 * by an absolute path or by a link. A link inside the workspace is followed, so that a write changes the file it
 * points to and leaves the link a link.
 *
 * Looks at the disk synchronously, like everything here that only reads: the way over the thread pool costs five times
 * what a look itself does.
 *
 * @param realRoot the workspace, itself free of links
 */
export function resolveInside(realRoot: string, path: string, folders: Folders = new Map()): Resolved {
  const lexical = join(realRoot, path);
  if (path === '' || path.includes('\0') || isAbsolute(path) || !isBelow(realRoot, lexical))
    return refuse(`${JSON.stringify(path)} leads outside the workspace: name a file below it.`);
  return look(realRoot, lexical, path, folders);
}

/** `path` is how the file was named, for the sentences. */
function look(realRoot: string, place: string, path: string, folders: Folders): Resolved {
  switch (kindOf(place)) {
    case 'missing':
      return belowFolder(realRoot, place, path, folders);
    case 'endless':
      return refuse(`${path} leads over symbolic links in a circle: remove them or name another file.`);
    case 'dangling':
      return refuse(
        `${path} leads over a symbolic link that points nowhere: remove the link or name another file.`,
      );
    case 'there': {
      const realPath = realpathSync.native(place);
      if (realPath === realRoot || isBelow(realRoot, realPath))
        return { kind: 'inside', realPath, exists: true };
      return refuse(`${JSON.stringify(path)} leads outside the workspace: name a file below it.`);
    }
  }
}

/** The deepest folder that exists decides where what is not there yet will be. */
function belowFolder(realRoot: string, place: string, path: string, folders: Folders): Resolved {
  const name = dirname(place);
  let folder = folders.get(name);
  if (folder === undefined) {
    folder = look(realRoot, name, path, folders);
    if (folder.kind === 'inside') folders.set(name, folder);
  }
  if (folder.kind === 'refused') return folder;
  if (folder.exists && !statSync(folder.realPath).isDirectory()) {
    const file = folder.realPath.slice(realRoot.length + 1);
    return refuse(`${path} lies below ${file}, which is a file and no folder: mend the path.`);
  }
  return { kind: 'inside', realPath: join(folder.realPath, basename(place)), exists: false };
}

function kindOf(place: string): 'there' | 'missing' | 'dangling' | 'endless' {
  try {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    if (!stats.isSymbolicLink()) return 'there';
    return statSync(place, { throwIfNoEntry: false }) === undefined ? 'dangling' : 'there';
  } catch (error) {
    // Below a file there is nothing.
    if (isCode(error, 'ENOTDIR')) return 'missing';
    if (isCode(error, 'ELOOP')) return 'endless';
    throw error;
  }
}

function isBelow(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function refuse(message: string): Resolved {
  return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
}

/** Whether a caught value is a system error of this code, e.g. `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
