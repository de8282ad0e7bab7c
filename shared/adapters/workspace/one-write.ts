import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { WorkspaceWrite } from '../../ports/workspace.ts';
import { mkdir, remove, rename } from './disk-calls.ts';
import { keepModeAndOwner, readOrNull, sameBytes, syncFolder } from './file-bytes.ts';
import { isCode } from './is-code.ts';
import { abandonStaging } from './remove-journals.ts';
import { type Folders, resolveInside } from './resolve.ts';
import { keepOriginal, linkInto, type Staging, stage, stagingOf } from './staging.ts';

interface Target {
  readonly change: WorkspaceWrite['changes'][number];
  readonly realPath: string;
  /** Where its new bytes wait. */
  readonly staged: string;
  /** Where its original is kept; null when there was none. */
  readonly original: string | null;
  /** Whether the folder that it goes to has to be made. */
  readonly folderMissing: boolean;
}

/** So many files are open at one time, of all writes together: a Lambda may have 1024, with all that it is connected to. */
const mostAtOnce = 100;

/** What a write is not put back for. */
const leftAsItIs = new Set(['LEASE_LOST', 'DEADLINE']);

/** One of the writes that are carried out together: its own stages, and how far it has come. */
export class OneWrite {
  readonly staging: Staging;
  /** Why it goes on no further. What is no JrError came up while it was put back: then it is half-written. */
  failure: Error | null = null;
  readonly #realRoot: string;
  readonly #write: WorkspaceWrite;
  #targets: readonly Target[] = [];
  /** What was or may have been put into place: what was done and answered with an error has to be put back as well. */
  readonly #placed: Target[] = [];
  /** Deepest last. */
  readonly #madeFolders: string[] = [];

  constructor(realRoot: string, write: WorkspaceWrite) {
    this.#realRoot = realRoot;
    this.#write = write;
    this.staging = stagingOf(realRoot, write.journal);
  }

  /** Runs a stage; what it throws is this write's failure and no other's. */
  async attempt(stage: () => Promise<void>): Promise<void> {
    try {
      await stage();
    } catch (error) {
      if (error instanceof JrError) {
        this.failure = error;
        return;
      }
      const why = error instanceof Error ? error.message : String(error);
      this.failure = new JrError(
        'WORKSPACE_IO',
        `The workspace could not be written: ${why}. No file was changed.`,
        { cause: error },
      );
    }
  }

  /**
   * Looks whether each file still is what it was planned on.
   *
   * @param taken real paths that others of this batch are about to write; gets those of this one
   * @param folders where folders are, for all of this batch
   */
  check(taken: Set<string>, folders: Folders): void {
    this.#write.mayWrite(0);
    this.#targets = this.#write.changes.map(change => {
      // Again at write time: a folder may have become a link since the plan was made (invariant 13).
      const place = resolveInside(this.#realRoot, change.path, folders);
      if (place.kind === 'refused') throw new JrError(place.failure.code, place.failure.message);
      const { realPath } = place;
      const bytes = place.exists ? readOrNull(realPath) : null;
      if (taken.has(realPath) || !sameBytes(bytes, change.before)) {
        throw changedSince(change.path);
      }
      const at = (what: 'new' | 'old' | 'made') => this.staging.place(what, place.inside);
      const folderMissing = !place.folderExists;
      return change.before === null
        ? { change, realPath, staged: at('made'), original: null, folderMissing }
        : { change, realPath, staged: at('new'), original: at('old'), folderMissing };
    });
    for (const { realPath } of this.#targets) taken.add(realPath);
  }

  /**
   * Stages and syncs the new bytes, keeps the originals, makes folders.
   *
   * @param made gets the folders that this one had to make
   * @param writes how many do so at the same time
   */
  async prepare(made: Set<string>, writes: number): Promise<void> {
    const most = Math.ceil(mostAtOnce / writes);
    for (let at = 0; at < this.#targets.length; at += most) {
      const some = this.#targets.slice(at, at + most);
      await all([this.#makeFolders(some, made), ...some.map(target => this.#stage(target))]);
    }
  }

  async #stage({ change, realPath, staged, original }: Target): Promise<void> {
    const { mayWrite } = this.#write;
    mayWrite(0);
    await stage(this.staging, staged, change.after);
    if (original === null) return;
    await keepModeAndOwner(realPath, staged);
    mayWrite(0);
    await keepOriginal(realPath, original);
  }

  /** Puts the new bytes into place. */
  async place(): Promise<void> {
    for (const target of this.#targets) {
      const { realPath, staged, original } = target;
      this.#write.mayWrite(this.#placed.length);
      this.#placed.push(target);
      if (original !== null) await rename(staged, realPath);
      else await this.#makeFile(target);
    }
  }

  /** Unlike a rename, a link never takes away what somebody put there in the meantime. */
  async #makeFile({ change: { path, after }, realPath, staged }: Target): Promise<void> {
    try {
      await linkInto(staged, realPath, { copy: () => this.staging.place('new', path), bytes: after });
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
      this.#placed.pop();
      throw changedSince(path);
    }
  }

  /** Those that have something new in them. @param made the folders that were made, by this one or others */
  changedFolders(made: ReadonlySet<string>): Iterable<string> {
    const changed = new Set<string>();
    for (const { realPath } of this.#targets) {
      let folder = dirname(realPath);
      for (changed.add(folder); made.has(folder); changed.add(folder)) folder = dirname(folder);
    }
    return changed;
  }

  /** What is claimed to be written is read once more (invariant 7). */
  verify(): void {
    for (const { change, realPath } of this.#targets) {
      if (!sameBytes(readOrNull(realPath), change.after)) {
        throw new JrError('WORKSPACE_IO', `${change.path} does not hold what was just written to it.`);
      }
    }
  }

  /**
   * After a failure. Asks before each file: who is frozen meanwhile finds the work of the next attempt in its place. The
   * disk has what was put back before the journal goes: the power may fail in between.
   */
  async putBack(): Promise<void> {
    await this.#cleaning(async mayWrite => {
      const changed = new Set<string>();
      for (const { change, realPath, original } of this.#placed.toReversed()) {
        mayWrite();
        if (!holds(realPath, change.after)) continue;
        if (original === null) await remove(realPath);
        else await rename(original, realPath);
        changed.add(dirname(realPath));
      }
      for (const folder of changed) await syncFolder(folder);
    });
  }

  /** After a failure, when nobody writes any more: others may have been about to use the folders that this one made. */
  async clearUp(): Promise<void> {
    await this.#cleaning(async mayWrite => {
      mayWrite();
      await removeFolders(this.#madeFolders);
      mayWrite();
      await abandonStaging(this.#realRoot, this.#write.journal, mayWrite);
    });
  }

  /**
   * Who may not write any more touches nothing, not even to clean up (invariant 3), and who could not put back leaves
   * the journal alone: the files belong to the next attempt, which knows from the intent log and the journal what is done.
   */
  async #cleaning(work: (mayWrite: () => void) => Promise<void>): Promise<void> {
    const { failure } = this;
    if (!(failure instanceof JrError) || leftAsItIs.has(failure.code) || this.#targets.length === 0) return;
    try {
      await work(() => this.#write.mayWrite(0));
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Makes the folders that files go to, with what is missing above them. */
  async #makeFolders(targets: readonly Target[], made: Set<string>): Promise<void> {
    for (const { realPath, folderMissing } of targets) {
      const folder = dirname(realPath);
      if (!folderMissing || this.#madeFolders.includes(folder)) continue;
      this.#write.mayWrite(0);
      const first = await mkdir(folder);
      if (first === undefined) continue;
      const folders = [folder];
      while (folders[0] !== undefined && folders[0] !== first) folders.unshift(dirname(folders[0]));
      this.#madeFolders.push(...folders);
      for (const each of folders) made.add(each);
    }
  }
}

/** Waits for all, also when one fails: what is cleared up then must not be joined by what was still under way. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  for (const end of await Promise.allSettled(works)) if (end.status === 'rejected') throw end.reason;
}

function changedSince(path: string): JrError {
  return new JrError('FILE_CHANGED', `${path} was changed by somebody else after it had been planned.`);
}

/** Whether a place holds these bytes; a folder, or nothing, does not. */
function holds(realPath: string, bytes: Uint8Array): boolean {
  try {
    return sameBytes(readOrNull(realPath), bytes);
  } catch (error) {
    if (isCode(error, 'EISDIR') || isCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}

async function removeFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders.toReversed()) {
    try {
      await rmdir(folder);
    } catch (error) {
      // Somebody uses it by now: then it stays.
      if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
    }
  }
}
