import type { ErrorCode } from '../domain/failure.ts';
import { anyOf, matchesGlob } from './glob.ts';
import type { GuardSettings } from './guard-settings.ts';
import { newStub } from './stub.ts';

/** What a guard stops: a code of class approval and a sentence. */
export interface Stop {
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Paths that are written only with an approval.
 *
 * @param realPath where `path` leads: a link is no way around a protected path
 */
export function guardPath(path: string, realPath: string, settings: GuardSettings): Stop | null {
  const stop = guardSpelling(path, path, settings);
  return stop === null && realPath !== path
    ? guardSpelling(realPath, `${path} (${realPath})`, settings)
    : stop;
}

function guardSpelling(path: string, shown: string, settings: GuardSettings): Stop | null {
  const globs = settings.protectedPaths;
  if (!mayBeProtected(path, globs)) return null;
  const glob = globs.find(each => !each.startsWith('!') && matchesGlob(path, each));
  if (glob === undefined) return null;
  if (globs.some(each => each.startsWith('!') && matchesGlob(path, each.slice(1)))) return null;
  return {
    code: 'PATH_PROTECTED',
    message: `${shown} is protected (${glob}): a person must approve that it is written.`,
  };
}

/** By their list, the globs that protect as one expression. */
const together = new WeakMap<readonly string[], RegExp>();

/** Most paths match none of the globs: asked all at once, that is told in a tenth of the time that asking each takes. */
function mayBeProtected(path: string, globs: readonly string[]): boolean {
  let form = together.get(globs);
  if (form === undefined) {
    form = anyOf(globs.filter(glob => !glob.startsWith('!')));
    together.set(globs, form);
  }
  return form.test(path);
}

/** A write that leaves less than half of a file. */
export function guardShrink(
  path: string,
  before: number,
  after: number,
  settings: GuardSettings,
): Stop | null {
  if (before < settings.smallFile || after >= before * settings.leastShareKept) return null;
  const lost = Math.round((1 - after / before) * 100);
  return {
    code: 'SHRINK_GUARD',
    message: `${path} would lose ${lost} % of its ${before} bytes. If that is meant, a person must approve it; otherwise write the whole text, or a SEARCH/REPLACE block for the part that changes.`,
  };
}

/** New lines that stand for text left out. */
export function guardStub(
  path: string,
  fresh: readonly string[],
  known: (line: string) => boolean,
): Stop | null {
  const line = newStub(fresh, known);
  if (line === null) return null;
  return {
    code: 'STUB_CONTENT',
    message: `The text for ${path} has the line "${line.trim()}", which stands for code left out and would be written as it is. Write the code itself, or a person must approve it.`,
  };
}
