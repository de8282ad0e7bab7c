import type { Plan } from './types.ts';

/** A file that a plan writes: what has to be there still, null for nothing, and what it becomes. */
export interface Change {
  readonly path: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array;
}

/** Where a file is that a plan writes, links followed. */
export interface PlaceWritten {
  readonly place: string;
  /** Whether nothing was there before. */
  readonly made: boolean;
}

export function placesWritten({ files }: Plan): PlaceWritten[] {
  return files.flatMap(({ realPath, before, changed }) =>
    changed ? [{ place: realPath, made: before === null }] : [],
  );
}

/** What a plan writes, file by file. */
export function changesOf({ files }: Plan): Change[] {
  return files.flatMap(({ path, before, after, changed }) =>
    changed && after !== null ? [{ path, before, after }] : [],
  );
}
