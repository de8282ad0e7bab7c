import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import { type Failure, failure } from '../../domain/failure.ts';

export type Resolved =
  | {
      readonly kind: 'inside';
      readonly realPath: string;
      readonly exists: boolean;
      /** Whether something can be below it; what is not there yet may become a folder. */
      readonly isFolder: boolean;
      readonly folderExists: boolean;
    }
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

/** From the workspace down, one look a part of the path. `path` is how the file was named, for the sentences. */
function look(realRoot: string, place: string, path: string, folders: Folders): Resolved {
  const folder = folderAt(realRoot, dirname(place), path, folders);
  if (folder.kind === 'refused') return folder;
  if (!folder.isFolder) {
    const file = folder.realPath.slice(realRoot.length + 1);
    return refuse(`${path} lies below ${file}, which is a file and no folder: mend the path.`);
  }
  const realPath = join(folder.realPath, basename(place));
  const stats = folder.exists ? lstatSync(realPath, { throwIfNoEntry: false }) : undefined;
  const folderExists = folder.exists;
  if (stats === undefined) return { kind: 'inside', realPath, exists: false, isFolder: true, folderExists };
  if (stats.isSymbolicLink()) return follow(realRoot, realPath, path);
  return {
    kind: 'inside',
    realPath: namesVary ? realpathSync.native(realPath) : realPath,
    exists: true,
    isFolder: stats.isDirectory(),
    folderExists,
  };
}

/** Where a disk does not tell `a` from `A`, a name that is there says not yet how the disk spells it. */
const namesVary = process.platform === 'darwin' || process.platform === 'win32';

function folderAt(realRoot: string, name: string, path: string, folders: Folders): Resolved {
  if (name === realRoot)
    return { kind: 'inside', realPath: realRoot, exists: true, isFolder: true, folderExists: true };
  const known = folders.get(name);
  if (known !== undefined) return known;
  const folder = look(realRoot, name, path, folders);
  if (folder.kind === 'inside') folders.set(name, folder);
  return folder;
}

function follow(realRoot: string, link: string, path: string): Resolved {
  const target = targetOf(link);
  if (target === 'endless')
    return refuse(`${path} leads over symbolic links in a circle: remove them or name another file.`);
  if (target === 'nowhere')
    return refuse(
      `${path} leads over a symbolic link that points nowhere: remove the link or name another file.`,
    );
  const realPath = realpathSync.native(link);
  if (realPath !== realRoot && !isBelow(realRoot, realPath))
    return refuse(`${JSON.stringify(path)} leads outside the workspace: name a file below it.`);
  return { kind: 'inside', realPath, exists: true, isFolder: target === 'folder', folderExists: true };
}

function targetOf(link: string): 'folder' | 'file' | 'nowhere' | 'endless' {
  try {
    const stats = statSync(link, { throwIfNoEntry: false });
    if (stats === undefined) return 'nowhere';
    return stats.isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isCode(error, 'ELOOP')) return 'endless';
    throw error;
  }
}

function isBelow(root: string, path: string): boolean {
  return path.startsWith(root) && (root.endsWith(sep) || path.startsWith(sep, root.length));
}

function refuse(message: string): Resolved {
  return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
}

/** Whether a caught value is a system error of this code, e.g. `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
