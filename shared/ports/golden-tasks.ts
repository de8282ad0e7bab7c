import type { Workspace } from './workspace.ts';

/**
 * The golden tasks of the workspace, `golden/NAME/`: `instruction.md`, the files before it in `before/` (none: an empty
 * folder), and what has to be there afterwards, to the byte and nothing else, in `after/`.
 */
export interface GoldenTasks {
  /** Their names, sorted. */
  list(): Promise<string[]>;
  /**
   * Lays the files of one out in a scratch folder, lets `work` execute its document there, and compares. Answers
   * everything that is wrong, what `work` answered first. The scratch folder is gone afterwards.
   */
  tryOut(
    name: string,
    work: (document: string, scratch: Workspace) => Promise<readonly string[]>,
  ): Promise<string[]>;
}
