import { existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { WorkspaceWrite } from '../../ports/workspace.ts';
import { keepModeAndOwner, readOrNull, sameBytes, writeSynced } from './file-bytes.ts';
import { type Folders, isCode, resolveInside } from './resolve.ts';
import { abandonStaging, clearNew, noteOriginal, type Staging, stage, stagingOf } from './staging.ts';

interface Target {
  readonly change: WorkspaceWrite['changes'][number];
  readonly realPath: string;
  readonly staged: string;
  /** Whether the folder that it goes to has to be made. */
  readonly folderMissing: boolean;
}

/** One of the writes that are carried out together: its own stages, and how far it has come. */
export class OneWrite {
  readonly staging: Staging;
  /** Why it goes on no further. What is no JrError came up while it was put back: then it is half-written. */
  failure: Error | null = null;
  readonly #realRoot: string;
  readonly #write: WorkspaceWrite;
  #targets: readonly Target[] = [];
  /** The paths that the journal was about to be told of. */
  readonly #noted: string[] = [];
  /** Of those a rename was begun: one that was made and answered with an error has to be put back as well. */
  readonly #renamed: Target[] = [];
  /** Deepest last. */
  readonly #madeFolders: string[] = [];

  constructor(realRoot: string, write: WorkspaceWrite) {
    this.#realRoot = realRoot;
    this.#write = write;
    this.staging = stagingOf(realRoot, write.journal.key);
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
   */
  check(taken: Set<string>): void {
    this.#write.mayWrite();
    const folders: Folders = new Map();
    this.#targets = this.#write.changes.map((change, index) => {
      // Again at write time: a folder may have become a link since the plan was made (invariant 13).
      const place = resolveInside(this.#realRoot, change.path, folders);
      if (place.kind === 'refused') throw new JrError(place.failure.code, place.failure.message);
      const { realPath } = place;
      const bytes = place.exists ? readOrNull(realPath) : null;
      if (taken.has(realPath) || !sameBytes(bytes, change.before)) {
        throw new JrError(
          'FILE_CHANGED',
          `${change.path} was changed by somebody else after it had been planned.`,
        );
      }
      const staged = this.staging.newFile(this.#write.journal.epoch, index);
      return { change, realPath, staged, folderMissing: !place.exists && !existsSync(dirname(realPath)) };
    });
    for (const { realPath } of this.#targets) taken.add(realPath);
  }

  /**
   * Stages and syncs the new bytes, keeps the originals, makes folders.
   *
   * @param names what is staged and noted already
   * @param made gets the folders that this one had to make
   */
  async prepare(names: ReadonlySet<string>, made: Set<string>): Promise<void> {
    const { mayWrite } = this.#write;
    await clearNew(this.staging, names, mayWrite);
    for (const { change, realPath, staged, folderMissing } of this.#targets) {
      mayWrite();
      await stage(this.staging, staged, change.after);
      const original = change.before === null ? null : realPath;
      if (original !== null) await keepModeAndOwner(original, staged);
      this.#noted.push(change.path);
      await noteOriginal(this.staging, change.path, { realPath: original, staged }, names, mayWrite);
      if (folderMissing) await this.#makeFolder(dirname(realPath));
    }
    for (const folder of this.#madeFolders) made.add(folder);
  }

  async rename(): Promise<void> {
    for (const target of this.#targets) {
      this.#write.mayWrite();
      this.#renamed.push(target);
      await rename(target.staged, target.realPath);
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

  /** After a failure. Asks before each file: who is frozen meanwhile finds the work of the next attempt in its place. */
  async putBack(): Promise<void> {
    await this.#cleaning(async mayWrite => {
      for (const { change, realPath, staged } of this.#renamed.toReversed()) {
        mayWrite();
        if (!holds(realPath, change.after)) continue;
        if (change.before === null) {
          await rm(realPath, { force: true });
        } else {
          await writeSynced(staged, change.before);
          await keepModeAndOwner(realPath, staged);
          mayWrite();
          await rename(staged, realPath);
        }
      }
    });
  }

  /** After a failure, when nobody writes any more: others may have been about to use the folders that this one made. */
  async clearUp(): Promise<void> {
    await this.#cleaning(async mayWrite => {
      mayWrite();
      await removeFolders(this.#madeFolders);
      mayWrite();
      // Only what this one noted: an earlier attempt may have died half-way, and its originals are yet to be put back.
      await abandonStaging(this.staging, this.#noted, mayWrite);
    });
  }

  /**
   * Who has lost the lease touches nothing any more, not even to clean up (invariant 3), and who could not put back leaves
   * the journal alone: the files belong to the next attempt, which knows from the intent log and the journal what is done.
   */
  async #cleaning(work: (mayWrite: () => void) => Promise<void>): Promise<void> {
    const { failure } = this;
    const goes = failure instanceof JrError && failure.code !== 'LEASE_LOST';
    if (!goes || this.#targets.length === 0) return;
    try {
      await work(this.#write.mayWrite);
    } catch (error) {
      this.failure = error instanceof Error ? error : new Error(String(error));
    }
  }

  /** Makes a folder and what is missing above it. */
  async #makeFolder(folder: string): Promise<void> {
    if (this.#madeFolders.includes(folder)) return;
    this.#write.mayWrite();
    const first = await mkdir(folder, { recursive: true });
    if (first === undefined) return;
    const made = [folder];
    while (made[0] !== undefined && made[0] !== first) made.unshift(dirname(made[0]));
    this.#madeFolders.push(...made);
  }
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
