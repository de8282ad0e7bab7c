import { realpathSync, statSync } from 'node:fs';
import { isAbsolute, posix, relative, sep } from 'node:path';
import { type Failure, failure } from '../../domain/failure.ts';
import { isCode } from './is-code.ts';
import { lstatAnew } from './look-anew.ts';

export type Resolved =
  | {
      readonly kind: 'inside';
      /** Where it is below the workspace, every link followed, `/` between folders; '' is the workspace. */
      readonly inside: string;
      /** The same place, from the workspace on: the workspace itself may be reached over links. */
      readonly realPath: string;
      readonly exists: boolean;
      /** Whether something can be below it; what is not there yet may become a folder. */
      readonly isFolder: boolean;
      readonly folderExists: boolean;
    }
  | { readonly kind: 'refused'; readonly failure: Failure };

/** What is known of folders of the workspace while several paths are resolved at one time. */
export class Folders {
  /** Where they are, by their names. */
  readonly places = new Map<string, Resolved>();
  /** Those of which it was asked anew what is in them. */
  readonly asked = new Set<string>();
}

/**
 * Where a workspace path really is, every symbolic link followed. Refuses what leads outside (invariant 13): by `..`,
 * by an absolute path or by a link. A link inside the workspace is followed, so that a write changes the file it
 * points to and leaves the link a link.
 *
 * Looks at the disk synchronously, like everything here that only reads: the way over the thread pool costs five times
 * what a look itself does. Where the workspace itself really is, is asked for only once a link has to be followed.
 */
export function resolveInside(root: string, path: string, folders = new Folders()): Resolved {
  const inside = posix.normalize(path);
  if (isAbsolute(path) || isForeign(path) || inside === '.' || isAbove(inside)) return leadsOutside(path);
  return look(root, inside, path, folders);
}

/** From the workspace down, one look a part of the path. `path` is how the file was named, for the sentences. */
function look(root: string, place: string, path: string, folders: Folders): Resolved {
  const folder = folderAt(root, posix.dirname(place), path, folders);
  if (folder.kind === 'refused') return folder;
  if (!folder.isFolder)
    return refuse(`${path} lies below ${folder.inside}, which is a file and no folder: mend the path.`);
  const name = posix.basename(place);
  const inside = folder.inside === '' ? name : `${folder.inside}/${name}`;
  const realPath = `${root}/${inside}`;
  const folderExists = folder.exists;
  const stats = folderExists ? lstatAnew(realPath, folders.asked) : undefined;
  if (stats === undefined)
    return { kind: 'inside', inside, realPath, exists: false, isFolder: true, folderExists };
  if (stats.isSymbolicLink() || namesVary) return follow(root, realPath, path);
  return { kind: 'inside', inside, realPath, exists: true, isFolder: stats.isDirectory(), folderExists };
}

/** Where a disk does not tell `a` from `A`, a name that is there says not yet how the disk spells it. */
const namesVary = process.platform === 'darwin' || process.platform === 'win32';

function folderAt(root: string, name: string, path: string, folders: Folders): Resolved {
  if (name === '.')
    return { kind: 'inside', inside: '', realPath: root, exists: true, isFolder: true, folderExists: true };
  const known = folders.places.get(name);
  if (known !== undefined) return known;
  const folder = look(root, name, path, folders);
  if (folder.kind === 'inside') folders.places.set(name, folder);
  return folder;
}

function follow(root: string, link: string, path: string): Resolved {
  const target = targetOf(link);
  if (target === 'endless')
    return refuse(`${path} leads over symbolic links in a circle: remove them or name another file.`);
  if (target === 'nowhere')
    return refuse(
      `${path} leads over a symbolic link that points nowhere: remove the link or name another file.`,
    );
  const led = relative(realpathSync.native(root), realpathSync.native(link));
  const inside = led.replaceAll(sep, '/');
  if (isAbsolute(led) || isAbove(inside)) return leadsOutside(path);
  const realPath = inside === '' ? root : `${root}/${inside}`;
  return {
    kind: 'inside',
    inside,
    realPath,
    exists: true,
    isFolder: target === 'folder',
    folderExists: true,
  };
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

/** What no path of a workspace holds: a NUL, and what parts folders on this machine only. */
function isForeign(path: string): boolean {
  return path.includes('\0') || (sep !== '/' && path.includes(sep));
}

/** Whether a path without `.` and without `..` behind a name leaves the folder that it starts from. */
function isAbove(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

function leadsOutside(path: string): Resolved {
  return refuse(`${JSON.stringify(path)} leads outside the workspace: name a file below it.`);
}

function refuse(message: string): Resolved {
  return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
}
