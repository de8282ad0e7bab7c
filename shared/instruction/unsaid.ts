import type { PathHeader } from './header.ts';
import { isCommandLanguage, languageFit } from './language.ts';
import type { FencePart } from './parts.ts';
import { looksLikeFile, tickedPieces, trimPath } from './path-token.ts';

const puts =
  /(?:^|[.;]\s+)(?:(?:now|then|next|and|also|finally),?\s+)?(write|save|put|store|generate|implement|add|replace|overwrite|rewrite)\b/i;
/** "The tests (`tests/x.py`):" and, in whatever tongue, "Erstelle `lib/x.py`:". */
const announces = /^\W*(?:\p{L}[\p{L} -]{0,60}\(`[^`]+`\)|\p{L}+ `[^`]+`)\s*:\s*$/u;
const looks =
  /^\W*(?:see|look|in|inside|from|at|for|of|on|to|open|run|read|check|inspect|consider|compare|recall|grep|cat)\b/i;

/**
 * The file that the line right above a fence, or the first line in it, names and says neither to be new nor where it
 * changes: a path alone, "Save this as `x`:", `# lib/x.py`. As text that is only shown, the file would not be written
 * and the task completed.
 */
export function fileUnsaid(
  part: FencePart,
  header: PathHeader | null,
  intro: { readonly at: number; readonly text: string } | null,
): string | null {
  const command = isCommandLanguage(part.language);
  const within = command ? null : pathComment(part.body);
  const own = within !== null && `/${header?.path ?? ''}`.endsWith(`/${within}`);
  if (within !== null && !own && languageFit(part.language, within) !== 'clash') return within;
  if (intro === null || intro.text.length > 2000) return null;
  const alone = header !== null && header.at === intro.at && header.kind === 'named';
  const verb = puts.exec(intro.text.trim())?.[1];
  // "Add `x.sh` to the crontab:" is said above commands.
  if (command && !/^(?:write|save)$/i.test(verb ?? '')) return null;
  const said = verb !== undefined || (announces.test(intro.text) && !looks.test(intro.text));
  const path = alone ? header.path : said ? onlyFile(intro.text) : null;
  return path !== null && languageFit(part.language, path) === 'fits' ? path : null;
}

/** The path that the first line of a text names in a comment, and nothing else: `# lib/x.py`. */
function pathComment(body: readonly string[]): string | null {
  const first = body.find(line => line.trim() !== '') ?? '';
  const path =
    /^\s*(?:#|\/\/|--|;|\/\*|<!--)\s*(?:file(?:name)?:\s*)?`?([\w@./-]{3,200})`?\s*(?:\*\/|-->)?\s*$/i.exec(
      first,
    )?.[1];
  return path?.includes('/') && looksLikeFile(path) ? path : null;
}

function onlyFile(line: string): string | null {
  const paths = tickedPieces(line)
    .map(piece => trimPath(piece.text))
    .filter(looksLikeFile);
  return paths.length === 1 ? (paths[0] ?? null) : null;
}

export function unsaidReason(path: string): string {
  return `The line above this fence, or its first one, names ${path}, but says neither that this is the whole of it nor where in it this goes. For a whole file write Create \`${path}\` right above the fence; for an edit File: \`${path}\` and a block: <<<<<<< SEARCH, old lines, =======, new lines, >>>>>>> REPLACE. Above what is only shown write Example:`;
}
