import type { WorkspaceWrite } from '../../ports/workspace.ts';
import { syncFolder } from './file-bytes.ts';
import { OneWrite } from './one-write.ts';
import type { Folders } from './resolve.ts';
import { openStaging } from './staging-folder.ts';

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
    const synced = new Map<string, Promise<void>>();
    const once = (folder: string) => {
      const begun = synced.get(folder) ?? syncFolder(folder);
      synced.set(folder, begun);
      return begun;
    };
    await stage(async write => void (await Promise.all(Array.from(foldersOf(write), once))));
  };

  const taken = new Set<string>();
  const made = new Set<string>();
  const folders: Folders = new Map();
  await stage(async write => write.check(taken, folders));
  let opened: Promise<void> | undefined;
  await stage(async write => {
    opened ??= openStaging(realRoot);
    await opened;
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
