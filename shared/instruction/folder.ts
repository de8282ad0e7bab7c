import { leadingToken } from './header-parts.ts';
import { statementOf } from './header-statement.ts';
import { looksLikeFile, plausiblePath } from './path-token.ts';

/** A folder that a line or a heading names as the place of the files below it. */
export interface Folder {
  /** As the author wrote it, without the slash behind. */
  readonly name: string;
  /** Whether every relative path may start there, and not just the names without folders. */
  readonly base: boolean;
}

const label =
  /^(?:(working|base|current)\s+|(?:target|parent)\s+)?(?:director(?:y|ies)|folder|dir|cwd)\s*[:=]\s*/i;
const place = /^(?:in|inside|under|within)\s+(?:the\s+)?(?:(?:directory|folder)\s+)?/i;
const relativeTo = /\bpaths?\b.{0,60}\brelative\s+to\s+(?:the\s+)?(?:(?:directory|folder)\s+)?/i;
const filesIn =
  /^(?:(?:create|add|write|put|place)\s.{0,40}\bfiles?\b|(?:all|these|the following|both|new)\s.{0,40}\bfiles?\b).{0,40}?\b(?:in(?:to|side)?|under|within|to)\s+(?:the\s+)?(?:(?:directory|folder)\s+)?/i;

/** The folder that a line names for what stands below it, or null. `heading`: the line is a heading. */
export function folderOf(line: string, heading: boolean): Folder | null {
  if (line.length > 300 || /^\s*[|>]/.test(line)) return null;
  const { text } = statementOf(line);
  const labelled = label.exec(text);
  if (labelled !== null) return named(text.slice(labelled[0].length), labelled[1] !== undefined, true);
  const relative = relativeTo.exec(text);
  if (relative !== null) return named(text.slice(relative.index + relative[0].length), true, true);
  const found = filesIn.exec(text) ?? (heading || /[:,]/.test(text) ? place.exec(text) : null);
  if (found !== null) return named(text.slice(found[0].length), false, false);
  return heading ? named(text, false, false) : null;
}

/** The folder that a text begins with and hardly goes on behind. `surely`: what is named there is a folder. */
function named(text: string, base: boolean, surely: boolean): Folder | null {
  const token = leadingToken(text);
  if (token === null || !plausiblePath(token.path) || !(token.ticked || token.path.includes('/')))
    return null;
  const after = text.slice(token.length);
  const folder = token.path.endsWith('/') || /^\s+(?:directory|folder)\b/i.test(after);
  if (!(folder || (surely && !looksLikeFile(token.path)))) return null;
  if (!/^(?:\s+(?:directory|folder))?\s*(?:[.:,;(–—-].*)?$/i.test(after)) return null;
  return { name: token.path.replace(/\/+$/, ''), base };
}
