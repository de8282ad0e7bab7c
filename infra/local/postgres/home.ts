import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { errorCode, orIfAbsent, StackError } from '../errors.ts';
import { type Account, canEnter } from './account.ts';
import { isServerOf, readPidFile } from './pid-file.ts';

/** Where one server keeps its things; owned by the account that runs it. */
export interface ServerHome {
  /** Holds `data` and `server.log`. */
  readonly folder: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly password: string;
}

/** The cluster exists and its making was completed (see cluster.ts: it is renamed into place). */
export async function hasCluster(folder: string): Promise<boolean> {
  return (await lstat(join(folder, 'data/PG_VERSION')).catch(orIfAbsent(null))) !== null;
}

const SHARED = '/var/lib/jr-executor';

function farFolder(stateDir: string, sharedDir: string): string {
  const key = createHash('sha256').update(stateDir).digest('hex').slice(0, 16);
  return join(sharedDir, key, 'postgres');
}

/** Where the data of a state folder may lie (see serverHome). */
export function possibleDataDirs(stateDir: string): string[] {
  return [join(stateDir, 'postgres'), farFolder(stateDir, SHARED)].map(folder => join(folder, 'data'));
}

/**
 * Removes what state folders below the system's temp folder left behind when they went: tests run as root would fill
 * the disk. Others are never judged by their absence: their drive may only not be mounted now.
 */
async function sweepTemporary(sharedDir: string): Promise<void> {
  for (const key of await readdir(sharedDir).catch(orIfAbsent([]))) {
    const stateDir = await readFile(join(sharedDir, key, 'state-folder'), 'utf8').catch(orIfAbsent(null));
    if (stateDir === null || !stateDir.startsWith(join(tmpdir(), '/'))) continue;
    const gone = (await lstat(stateDir).catch(error => errorCode(error))) === 'ENOENT';
    const pid = (await readPidFile(join(sharedDir, key, 'postgres/data')))?.pid;
    const running = pid !== undefined && (await isServerOf(join(sharedDir, key, 'postgres/data'), pid));
    if (gone && !running) await rm(join(sharedDir, key), { recursive: true, force: true });
  }
}

/** The password of the database's only role, made on first use and readable by this user alone. */
async function ownPassword(stateDir: string): Promise<{ password: string; isNew: boolean }> {
  const path = join(stateDir, 'postgres-password');
  const password = randomBytes(18).toString('hex');
  try {
    await writeFile(path, password, { mode: 0o600, flag: 'wx' });
    return { password, isNew: true };
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
    return { password: (await readFile(path, 'utf8')).trim(), isNew: false };
  }
}

/**
 * Lets the account pass through the state folder itself (not list it): its mode is ours to choose, that of the
 * folders above it is not.
 */
async function openStateFolder(account: Account, stateDir: string): Promise<boolean> {
  if (await canEnter(account, stateDir)) return true;
  if (!(await canEnter(account, dirname(stateDir)))) return false;
  await chmod(stateDir, (await stat(stateDir)).mode | 0o001);
  return canEnter(account, stateDir);
}

/**
 * Chooses the folder of the server: below the state folder, or below `/var/lib/jr-executor` when the account that
 * PostgreSQL runs as cannot enter the state folder (root's checkout below a home folder of mode 700).
 */
export async function serverHome(
  account: Account | null,
  stateDir: string,
  sharedDir = SHARED,
): Promise<ServerHome> {
  await mkdir(stateDir, { recursive: true });
  const { password, isNew } = await ownPassword(stateDir);
  const near = join(stateDir, 'postgres');
  const far = farFolder(stateDir, sharedDir);

  let folder = near;
  if (account !== null && !(await openStateFolder(account, stateDir))) {
    if (await hasCluster(near)) {
      throw new StackError(
        `The database in ${near} was made when that folder was open to the user ${account.name}: open it again ` +
          `(chmod o+x on each folder above it), or remove ${near} to begin with an empty database.`,
      );
    }
    folder = far;
    // The state folder was removed to begin anew; what it owned here has a password that nobody knows any more.
    if (isNew) await rm(far, { recursive: true, force: true });
    await sweepTemporary(sharedDir);
    await mkdir(dirname(far), { recursive: true, mode: 0o755 });
    await writeFile(join(dirname(far), 'state-folder'), stateDir);
  } else if (isNew && (await hasCluster(near))) {
    await rm(join(stateDir, 'postgres-password'), { force: true });
    throw new StackError(
      `The password of the local database (${join(stateDir, 'postgres-password')}) is gone: remove ${near} to ` +
        'begin with an empty database.',
    );
  }
  await mkdir(dirname(folder), { recursive: true, mode: 0o755 });
  await mkdir(folder, { mode: 0o700 }).catch(error => {
    if (errorCode(error) !== 'EEXIST') throw error;
  });
  if (account !== null) await chown(folder, account.uid, account.gid);
  return { folder, dataDir: join(folder, 'data'), logFile: join(folder, 'server.log'), password };
}
