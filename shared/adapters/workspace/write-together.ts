import type { WorkspaceWrite } from '../../ports/workspace.ts';
import { syncFolder } from './file-bytes.ts';
import { OneWrite } from './one-write.ts';
import { Folders } from './resolve.ts';
import { openFolder, workFolderOf } from './staging-folder.ts';

/**
 * Carries out several writes at one time, each of them all or nothing by itself (invariant 4). First every file is checked
 * against `before`, its new bytes are staged and synced and its original is kept in the journal; only then are they
 * put into place. Each stage is one for all writes, so that what waits for the disk waits together, and a folder that several
 * write into is synced once. A write that fails goes on no further, the others do; when they are through, it puts its
 * originals back. See the port for the contract.
 */
export async function writeTogether(
  realRoot: string,
  writes: readonly WorkspaceWrite[],
): Promise<(Error | null)[]> {
  if (writes.every(({ changes }) => changes.length === 0)) return writes.map(() => null);
  const all = writes.map(write => new OneWrite(realRoot, write));
  const stage = (work: (write: OneWrite) => Promise<void>) =>
    Promise.all(all.map(write => (write.failure === null ? write.attempt(() => work(write)) : undefined)));
  const syncAll = async (foldersOf: (write: OneWrite) => Iterable<string>) => {
    const synced = eachOnce(syncFolder);
    await stage(async write => void (await Promise.all(Array.from(foldersOf(write), synced))));
  };

  const taken = new Set<string>();
  const made = new Set<string>();
  const folders = new Folders();
  await stage(async write => write.check(taken, folders));
  const opened = eachOnce(openFolder);
  await stage(async write => {
    await opened(workFolderOf(realRoot));
    await opened(write.staging.folder);
    await write.prepare(made, writes.length);
  });
  await syncAll(write => [write.staging.folder]);
  await stage(write => write.place());
  await syncAll(write => write.changedFolders(made));
  await stage(async write => write.verify());

  const failed = all.filter(({ failure }) => failure !== null);
  for (const write of failed) await write.putBack();
  for (const write of failed) await write.clearUp();
  return all.map(({ failure }) => failure);
}

/** Does something to a folder for the first who asks for it; the others wait for the same. */
function eachOnce(work: (folder: string) => Promise<void>): (folder: string) => Promise<void> {
  const begun = new Map<string, Promise<void>>();
  return folder => {
    const done = begun.get(folder) ?? work(folder);
    begun.set(folder, done);
    return done;
  };
}
