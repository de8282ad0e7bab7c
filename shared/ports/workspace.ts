import type { FileState } from '../edit/types.ts';

export type { FileState };

/** One file to write. `path` is relative to the workspace; `before` is what must still be there, null for nothing. */
export interface FileChange {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array;
}

/** A file as an earlier attempt meant to leave it. */
export interface WrittenFile {
  readonly path: string;
  readonly afterSha256: string;
}

/** The folder of files that tasks work on. No path leads outside it (invariant 13). */
export interface Workspace {
  /** The state of each path. A path that leads outside, a folder and an oversized file come back as `refused`. */
  load(paths: readonly string[]): Promise<Map<string, FileState>>;

  /**
   * Writes all changes or none (invariant 4): new bytes are staged and synced, originals kept in a journal under `key`,
   * and then everything is renamed into place. If one cannot be written, those already written get their originals back.
   * The journal is gone when this returns; after a crash it is there for {@link Workspace.restore}.
   *
   * @param key names the journal, the same for every attempt of a task
   * @param mayWrite called before the first change and right before each rename; it throws LEASE_LOST when the right
   *   to write has run out (invariant 3): then everything is left to the next attempt as it is
   * @throws {JrError} FILE_CHANGED when a file is not as `before` says, WORKSPACE_IO when the disk refuses,
   *   PATH_FORBIDDEN when a path leads outside by now
   */
  write(key: string, changes: readonly FileChange[], mayWrite: () => void): Promise<void>;

  /**
   * Puts back, by the journal, those of the files that still hold what an earlier attempt wrote. Answers their paths;
   * none where no attempt got as far as writing. The journal is gone then.
   */
  restore(key: string, files: readonly WrittenFile[], mayWrite: () => void): Promise<readonly string[]>;

  /** Removes the journal of a dead attempt whose work turned out to be complete. */
  forget(key: string): Promise<void>;
}
