import type { FileState } from '../edit/types.ts';

export type { FileState };

/** One file to write. `path` is relative to the workspace; `before` is what must still be there, null for nothing. */
export interface FileChange {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array;
}

/** The folder of files that tasks work on. No path leads outside it (invariant 13). */
export interface Workspace {
  /** The state of each path. A path that leads outside, a folder and an oversized file come back as `refused`. */
  load(paths: readonly string[]): Promise<Map<string, FileState>>;

  /**
   * Writes all changes or none (invariant 4): each file by a temporary file, fsync and rename. If one cannot be
   * written, those already written get their originals back.
   *
   * @param mayWrite called before the first change and right before each rename; it throws LEASE_LOST when the right
   *   to write has run out (invariant 3): then everything is left to the next attempt as it is
   * @throws {JrError} FILE_CHANGED when a file is not as `before` says, WORKSPACE_IO when the disk refuses,
   *   PATH_FORBIDDEN when a path leads outside by now
   */
  write(changes: readonly FileChange[], mayWrite: () => void): Promise<void>;
}
