import type { SyntaxProblem } from '../edit/syntax.ts';

export type { SyntaxProblem };

/** Says whether files parse. One that cannot tell says nothing: a false alarm is worse than a miss. */
export interface SyntaxChecker {
  /**
   * The first thing that keeps a file from parsing.
   *
   * @param path decides by its ending what kind of file it is
   * @returns null when it parses, and when nobody here knows files of its kind
   */
  check(path: string, bytes: Uint8Array): Promise<SyntaxProblem | null>;
}
