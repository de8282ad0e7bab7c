import { type Found, type HeaderKind, leadingToken, saidNew } from './header-parts.ts';
import { statementOf } from './header-statement.ts';
import { byKeyword } from './keyword-header.ts';
import { looksLikeFile, looksLikePath, tickedPieces, trimPath } from './path-token.ts';
import { byVerb } from './verb-header.ts';

/** A line that names the file of the blocks under it. */
export interface PathHeader {
  readonly kind: HeaderKind;
  /** As the author wrote it. */
  readonly path: string;
  /** Line index, from 0. */
  readonly at: number;
  /** True for a passing mention: it counts only where its section has no plain header. */
  readonly weak: boolean;
  /** An item of a list of files: only the fence right below it is surely its own. */
  readonly item?: boolean;
  /** A sentence that says what to do, and in which file: it may speak of another one than it edits. */
  readonly sentence?: boolean;
  /** The file that a label or a heading named right before the sentence, where it is another one. */
  readonly instead?: string;
  /** The other files that the line names along with the first: "Create `a` and `b`:". */
  readonly along?: readonly string[];
  /** The line without markup, for judging what it says. */
  readonly text: string;
}

/** The path header that a line is, if it is one. `heading` says that the line is a heading. */
export function headerOf(line: string, at: number, heading: boolean): PathHeader | null {
  if (line.length > 2000) return null;
  // Only a line with a tick, a slash or a dot inside a word can name a path; a quote or a table row names none.
  if (!/[`/]|\w\.\w/.test(line) || /^\s*[|>]/.test(line)) return null;
  const { text, word } = statementOf(line);
  const found =
    byKeyword(text) ??
    sentence(byVerb(text)) ??
    byPathAlone(text, { heading, bold: isBold(line), listed: isListed(line) }, word) ??
    byPreposition(text) ??
    (heading ? byMention(text) : null);
  if (found === null) return null;
  const along = namedAlong(text, found.path);
  return { ...found, at, text, ...(along.length === 0 ? {} : { along }) };
}

/** The files that a line names right behind its first one, with nothing but "and", a comma or the like between them. */
function namedAlong(text: string, path: string): string[] {
  const along: string[] = [];
  const from = text.indexOf(path) + path.length;
  let rest = text.slice(from).replace(/^[`"']+/, '');
  for (let joint = joins.exec(rest); joint !== null; joint = joins.exec(rest)) {
    const token = leadingToken(rest.slice(joint[0].length));
    if (token === null || !looksLikeFile(token.path)) break;
    if (token.path !== path) along.push(token.path);
    rest = rest.slice(joint[0].length + token.length);
  }
  return along;
}

const joins =
  /^\s*(?:,?\s*(?:and|or|plus|as well as)\s|[,&+])\s*(?:also\s+)?(?:in(?:to)?\s+|to\s+)?(?:the\s+)?(?:files?\s+)?/i;

function sentence(found: Found | null): Found | null {
  return found === null ? null : { ...found, sentence: true };
}

function isBold(line: string): boolean {
  return /^\s*(?:[-*+]\s+|\d+[.)]\s+)?\*\*/.test(line);
}

function isListed(line: string): boolean {
  return /^\s*(?:[-*+•]|\d{1,3}[.)])\s/.test(line);
}

/** `Changes to `x`:`, `For `x`:`: nothing but some such words, the path and a colon. */
function byPreposition(text: string): Found | null {
  const path =
    /^(?:(?:changes?|modifications?|apply(?:\s+(?:this|it|them|the\s+following))?)\s+(?:to|in)|within|for|at|on|to)\s+(?:the\s+)?(?:file\s+)?`([^`]+)`\s*:$/i.exec(
      text,
    )?.[1];
  return path !== undefined && looksLikeFile(trimPath(path))
    ? { kind: 'named', path: trimPath(path), weak: true }
    : null;
}

/** A line that is a path and, at most, a remark behind it. As a heading it is a header, otherwise a mention. */
function byPathAlone(
  text: string,
  { heading, bold, listed }: { heading: boolean; bold: boolean; listed: boolean },
  word: string,
): Found | null {
  const token = leadingToken(text);
  if (
    token === null ||
    !(looksLikeFile(token.path) || (token.ticked && token.path.includes('/') && looksLikePath(token.path)))
  )
    return null;
  const after = text.slice(token.length).trim();
  const edit = /^(?:change|fix|patch|modification|edit|update)$/.test(word);
  if (!heading) {
    if (saidNew.test(after) && (!listed || after.endsWith(':')))
      return { kind: 'create', path: token.path, weak: false, item: listed };
    if (!(after === '' || after === ':' || (bold && /^[:(–—-]/.test(after)))) return null;
    return { kind: edit ? 'edit' : 'named', path: token.path, weak: !(bold && edit) };
  }
  if (after !== '' && !/^[:(–—-]/.test(after)) return null;
  const bareWord = !token.ticked && !token.path.includes('/');
  if (bareWord && after !== '' && after !== ':') return { kind: 'named', path: token.path, weak: true };
  if (/\b(?:create|new)\b/i.test(after)) return { kind: 'create', path: token.path, weak: false };
  if (
    edit ||
    /\b(?:modif\w*|updat\w*|edit\w*|chang\w*|lines?|fix\w*|add\w*|remov\w*|replac\w*|patch\w*|exist\w*|wire|insert)\b/i.test(
      after,
    )
  ) {
    return { kind: 'edit', path: token.path, weak: false };
  }
  return { kind: 'file', path: token.path, weak: false };
}

/** A heading with exactly one path between ticks: `Step 2: the monitor (`x.py`)`. */
function byMention(text: string): Found | null {
  const paths = tickedPieces(text)
    .map(piece => trimPath(piece.text))
    .filter(looksLikeFile);
  const path = paths[0];
  if (path === undefined || paths.length > 1) return null;
  return { kind: /\bnew\b/i.test(text) ? 'create' : 'named', path, weak: true };
}
