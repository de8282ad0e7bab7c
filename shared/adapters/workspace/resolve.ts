import { lstatSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { type Failure, failure } from '../../domain/failure.ts';

export type Resolved =
  | { readonly kind: 'inside'; readonly realPath: string; readonly exists: boolean }
  | { readonly kind: 'refused'; readonly failure: Failure };

/**
 * Where a workspace path really is, every symbolic link followed. Refuses what leads outside (invariant 13): by `..`,
 * by an absolute path or by a link. A link inside the workspace is followed, so that a write changes the file it
 * points to and leaves the link a link.
 *
 * Looks at the disk synchronously, like everything here that only reads: tasks are planned one after the other, so
 * nothing else could go on meanwhile, and the way over the thread pool costs five times what a look itself does.
 *
 * @param realRoot the workspace, itself free of links
 */
export function resolveInside(realRoot: string, path: string): Resolved {
  const lexical = join(realRoot, path);
  if (path === '' || path.includes('\0') || isAbsolute(path) || !isBelow(realRoot, lexical))
    return refuse(path);
  // The deepest folder that exists decides where the rest of the path will be.
  let existing = lexical;
  const missing: string[] = [];
  for (;;) {
    const real = realOrNull(existing);
    if (real === 'endless') {
      const message = `${path} leads over symbolic links in a circle: remove them or name another file.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    if (real !== null) {
      if (real !== realRoot && !isBelow(realRoot, real)) return refuse(path);
      if (missing.length > 0 && !statSync(real).isDirectory()) {
        const message = `${path} lies below ${relative(realRoot, real)}, which is a file and no folder: mend the path.`;
        return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
      }
      return { kind: 'inside', realPath: join(real, ...missing), exists: missing.length === 0 };
    }
    if (isLink(existing)) {
      const message = `${path} leads over a symbolic link that points nowhere: remove the link or name another file.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    missing.unshift(basename(existing));
    existing = dirname(existing);
  }
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function refuse(path: string): Resolved {
  const message = `${JSON.stringify(path)} leads outside the workspace: name a file below it.`;
  return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
}

/** null for what is not there; `endless` for links that lead to themselves. */
function realOrNull(path: string): string | 'endless' | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (isCode(error, 'ENOENT') || isCode(error, 'ENOTDIR')) return null;
    if (isCode(error, 'ELOOP')) return 'endless';
    throw error;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (error) {
    if (isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

/** Whether a caught value is a system error of this code, e.g. `ENOENT`. */
export function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
