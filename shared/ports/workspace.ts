import type { Change, PlaceWritten } from '../edit/changes.ts';
import type { FileState } from '../edit/types.ts';

export type { FileState };

/** A file as an earlier attempt meant to leave it. */
export interface WrittenFile {
  readonly path: string;
  readonly afterSha256: string;
}

/** What a write notes of the files' originals until {@link Workspace.forget}. */
export interface Journal {
  /** The same for every attempt of a task. */
  readonly key: string;
  /** Told apart by it: what an attempt stages never has the name of what another one staged. */
  readonly epoch: number;
}

/** A journal of work that is complete. */
export interface EndedJournal extends Journal {
  /**
   * What was written, when one attempt did all of it: then what is kept is known by name. Otherwise the journals
   * beside it are looked through for it.
   */
  readonly only?: readonly PlaceWritten[] | undefined;
}

/** The changes of one task. */
export interface WorkspaceWrite {
  readonly journal: Journal;
  /** Each path is relative to the workspace. */
  readonly changes: readonly Change[];
  /**
   * Called right before each change; it throws LEASE_LOST when the right to write has run out (invariant 3), DEADLINE when
   * the time has (invariant 9): then everything is left to the next attempt as it is.
   *
   * @param placed how many of the changes are in place by then
   */
  readonly mayWrite: (placed: number) => void;
}

/** What became of the files that an attempt left half-written. */
export interface Restored {
  /** They hold their originals again; those that were made are gone. */
  readonly restored: readonly string[];
  /**
   * Written by the attempt and changed by somebody since: they are left as they are. Also those that may have been written
   * over a link which leads elsewhere now.
   */
  readonly changed: readonly string[];
}

/** The folder of files that tasks work on. No path leads outside it (invariant 13). */
export interface Workspace {
  /** The state of each path. A path that leads outside, a folder and an oversized file come back as `refused`. */
  load(paths: readonly string[]): Promise<Map<string, FileState>>;

  /**
   * Carries out several writes, each of them all or nothing (invariant 4) and none the worse for another's failure: new
   * bytes are staged and synced, originals kept in the journal, and then everything is renamed into place. If one file
   * of a write cannot be written, those already written get their originals back.
   * A journal is there for {@link Workspace.restore} until {@link Workspace.forget}: the caller forgets it when it is
   * certain that the write counts.
   *
   * @returns for each write, in their order, null, or why it was not done: FILE_CHANGED when a file is not as `before`
   *   says or another of these writes has it, WORKSPACE_IO when the disk refuses, PATH_FORBIDDEN when a path leads
   *   outside by now, LEASE_LOST, DEADLINE. What is no JrError kept it from being put back: it is half-written, and the next attempt
   *   goes on from its journal
   */
  write(writes: readonly WorkspaceWrite[]): Promise<readonly (Error | null)[]>;

  /**
   * For each of several writes the keys of journals, its own left out, that know one of its paths (links followed):
   * nobody can tell yet whether what they wrote will stay.
   */
  heldBy(
    writes: readonly { readonly key: string; readonly paths: readonly string[] }[],
  ): Promise<readonly (readonly string[])[]>;

  /**
   * Null where a journal may know something. Else nobody writes and nothing is half-written at this moment, and who gets
   * the same answer again knows that so it was all the time.
   */
  atRestSince(): Promise<string | null>;

  /**
   * Puts back, by the journal, those of the files that still hold what an earlier attempt wrote; none where no attempt
   * got as far as writing. The journal is gone then. May be repeated when it was cut short.
   */
  restore(journal: Journal, files: readonly WrittenFile[], mayWrite: () => void): Promise<Restored>;

  /**
   * Removes the journals of work that is complete, those of its earlier attempts too. None is fine. What a later attempt
   * keeps stays: who forgets may have been frozen since, and the work begun anew.
   */
  forget(journals: readonly EndedJournal[]): Promise<void>;
}
