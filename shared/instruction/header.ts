import { statementOf } from './header-statement.ts';
import { looksLikeFile, looksLikePath, plausiblePath, tickedPieces, trimPath } from './path-token.ts';

/**
 * What a path header promises of the blocks under it. `create`: a new file. `file`: a file, whole or to be
 * edited. `edit`: an existing file to be edited. `named`: a path and nothing more.
 */
export type HeaderKind = 'create' | 'file' | 'edit' | 'named';

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
  /** The line without markup, for judging what it says. */
  readonly text: string;
}

type Found = { kind: HeaderKind; path: string; weak: boolean; item?: boolean };

const keyword =
  /^(create(?:\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:files?|script))?(?:\s+at)?|create\s+new|new\s+(?:file|script|module|component|migration|service|test|page|helper|config)|(?:affected|existing|source|main|config(?:uration)?|test|migration|primary|key|destination|output|full|relative|absolute)\s+(?:file|path)|files?(?:\s?path|\s?name|\s+location|\s+to\s+(?:create|modify|edit|update|change))?(?:\s*#?\d+[a-z]?)?|files?\s+to\s+(?:create|modify|edit|update|change)|modify(?:\s+(?:the\s+)?(?:existing\s+)?file)?|edit(?:\s+(?:the\s+)?file)?|update(?:\s+(?:the\s+)?(?:existing\s+)?file)?|in(?:\s+(?:the\s+)?file)?|inside|target(?:\s+(?:files?|path))?|path|location)(?:\(s\))?(?![\w-])\s*(?:\(([^)]{0,40})\))?\s*(?:[:=]|(?<=\s)[-–—](?=\s))?\s*/i;

/** The path header that a line is, if it is one. `heading` says that the line is a heading. */
export function headerOf(line: string, at: number, heading: boolean): PathHeader | null {
  if (line.length > 2000) return null;
  // Only a line with a tick, a slash or a dot inside a word can name a path; a quote or a table row names none.
  if (!/[`/]|\w\.\w/.test(line) || /^\s*[|>]/.test(line)) return null;
  const { text, word } = statementOf(line);
  const found =
    byKeyword(text) ??
    byVerb(text) ??
    byPathAlone(text, { heading, bold: isBold(line), listed: isListed(line) }, word) ??
    byPreposition(text) ??
    (heading ? byMention(text) : null);
  if (found === null) return null;
  return { ...found, at, text };
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

/** `File: x`, `Create x`, `In x`: a keyword and, right behind it, the path. */
function byKeyword(text: string): Found | null {
  const found = keyword.exec(text);
  if (found === null) return null;
  const name = (found[1] ?? '').toLowerCase();
  const rest = text.slice(found[0].length);
  const colon = /[:=]\s*$/.test(found[0]);
  const token = leadingToken(rest);
  if (token === null) return null;
  const after = rest.slice(token.length);
  const kind = kindOf(name, found[2] ?? '', after);
  const path = token.path;
  const file = looksLikeFile(path);
  if (!file && !isMeantAsPath(token, name, colon, after))
    return colon && /^(?:file|target|location|path)/.test(name) ? laterToken(rest, kind) : null;
  if (after !== '' && isNoFileAfterAll(after, kind)) return null;
  if (isUrl(path) && !/^(create|file|new|modify|edit|update)/.test(name)) return null;
  if (kind === 'edit' && !file && !colon && isRoute(path)) return null;
  return { kind, path, weak: false };
}

/** Whether a token behind a keyword is a path, though it does not look like a file's. */
function isMeantAsPath({ path, ticked }: Token, name: string, colon: boolean, after: string): boolean {
  const explicit = colon || ticked;
  // A word alone is a path where the keyword says "file": `File: Makefile`, Create file `deploy`.
  const bareName = /file|^create|^modify|^edit/.test(name) && colon && (ticked || after.trim() === '');
  return (
    (explicit && looksLikePath(path)) ||
    (bareName && plausiblePath(path) && !path.endsWith('/')) ||
    forbiddenButMeant(path, explicit) ||
    ((bareName || (/^create/.test(name) && /^:?\s*$/.test(after))) && ticked && spacedFile.test(path))
  );
}

/** Whether the words behind a path say that the line names two files, or something else. */
function isNoFileAfterAll(after: string, kind: HeaderKind): boolean {
  const others = tickedPieces(after).filter(piece => looksLikeFile(trimPath(piece.text)));
  if (others.length > 0 && /^\s*(?:,|and|&|\+)/.test(after) && kind !== 'edit') return true;
  return /^\s*(?:director|folder|table|branch|symlink|endpoint|route|index|view|schema|user|role|bucket|queue|column)/i.test(
    after,
  );
}

/** `File 2: the hook in `x.py``: some words, then the one path of the line. */
function laterToken(rest: string, kind: HeaderKind): Found | null {
  const pieces = tickedPieces(rest).filter(piece => looksLikeFile(trimPath(piece.text)));
  const piece = pieces[0];
  if (piece === undefined || pieces.length > 1) return null;
  const inside = /\b(?:in|into|to|inside|of)\s*(?:the\s+)?$/i.test(rest.slice(0, piece.from));
  return { kind: inside ? 'edit' : kind, path: trimPath(piece.text), weak: false };
}

/** `(new file)` behind a path. */
const saidNew = /^\s*[([](?:an?\s+)?new(?:\s+file)?[)\]]/i;

/** By the keyword, or else by what stands in brackets behind it and what is said behind the path. */
function kindOf(name: string, bracketed: string, after: string): HeaderKind {
  if (/^create|^new|to create/.test(name) || (/^in/.test(name) && saidNew.test(after))) return 'create';
  if (/^modify|^edit|^update|^in\b|^inside|to (?:modify|edit|update|change)/.test(name)) return 'edit';
  const note = `${bracketed} ${/^\s*(?:\([^)]*\)|[-–—:]\s*.*)/.exec(after)?.[0] ?? ''}`;
  if (/\b(?:new|create|created)\b/i.test(note)) return 'create';
  if (/\b(?:modif\w*|update\w?|edit|existing|changes?|append|add to|lines?\s+~?\d+)/i.test(note))
    return 'edit';
  return /^files(?!\s+to)|^target|^location|^affected|^existing|^source|^main|^primary|^key|^destination|^output/.test(
    name,
  )
    ? 'named'
    : 'file';
}

/** A file's path with single blanks in its names: only ticks say where such a path ends. */
const spacedFile = /^[\w./-]+(?: [\w./()-]+){1,6}\.[A-Za-z0-9]{1,8}$/;

/** Paths that can be no file of the workspace and yet are clearly meant as one: refused later, not overlooked. */
function forbiddenButMeant(path: string, explicit: boolean): boolean {
  return explicit && /^(?:~\/|[A-Za-z]:\\|\.\.?[\\/]|\\\\|https?:\/\/)|\w\\\w/.test(path);
}

function isUrl(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

/** `/api/users`: the form of an address rather than of a file. */
function isRoute(path: string): boolean {
  return /^\/(?:api|v\d|health|status|metrics|auth|admin|login|ws)\b/.test(path);
}

type Token = { path: string; length: number; ticked: boolean };

/** The path that text begins with: between ticks, quotes, or bare. */
function leadingToken(text: string): Token | null {
  const ticked = /^(`+)([^`]+)\1/.exec(text);
  if (ticked !== null) return { path: trimPath(ticked[2] ?? ''), length: ticked[0].length, ticked: true };
  const link = /^\[`?([^\]`]+)`?\]\([^)]*\)/.exec(text);
  if (link !== null) return { path: trimPath(link[1] ?? ''), length: link[0].length, ticked: true };
  const quoted = /^(["'])([^"']+)\1/.exec(text);
  if (quoted !== null) return { path: trimPath(quoted[2] ?? ''), length: quoted[0].length, ticked: true };
  const bare = /^\S+/.exec(text)?.[0];
  if (bare === undefined) return null;
  const path = trimPath(bare.replace(/[)\]]+$/, closing => (/[([]/.test(bare) ? closing : '')));
  return { path, length: bare.length, ticked: false };
}

const newFileVerb =
  /^add\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:file|script|module|migration)\b(?!.*\b(?:to|in|into)\s+(?:the\s+)?`)/i;
const createVerb = /^create\b/i;
const addVerb = /^(?:add|append|insert)\b/i;
const editVerb = /^(?:modify|edit|update|in|inside)\b/i;
const looseVerb =
  /^(?:open|find|locate|replace|change|remove|delete|fix|patch|extend|wire|integrate|refactor|put|place)\b/i;

/** `Create a watcher at x`, `Add the import to x`, `Update f() in x`: a verb, some words, a path. */
function byVerb(text: string): Found | null {
  const strong = createVerb.test(text) || addVerb.test(text) || editVerb.test(text);
  if (!strong && !looseVerb.test(text)) return null;
  const first = text.charAt(0);
  if (first !== first.toUpperCase()) return null; // The middle of a wrapped sentence.
  const pieces = tickedPieces(text).filter(piece => looksLikePath(trimPath(piece.text)));
  const bare = pieces.length === 0 ? barePath(text) : null;
  const candidates = bare === null ? pieces : [bare];
  for (const piece of candidates) {
    const before = text.slice(0, piece.from).trimEnd();
    if (comparison.test(before.slice(-160))) continue;
    const path = trimPath(piece.text);
    const preposition =
      /\b(in|into|inside|within|to|of|from|at|as|named|called|using|with|via|for|like|by)(?:\s+(?:the|a|an|existing|new|your|file|script|module))*[:]?$/i
        .exec(before)?.[1]
        ?.toLowerCase() ?? '';
    if (newFileVerb.test(text)) return { kind: 'create', path, weak: false };
    if (createVerb.test(text)) {
      const next = candidates[candidates.indexOf(piece) + 1];
      if (next !== undefined && /^\s*(?:,|and|&|,\s*and)\s*$/.test(text.slice(piece.to, next.from)))
        return null; // Two files.
      if (/^(?:in|into|inside|within|to)$/.test(preposition)) return { kind: 'edit', path, weak: false };
      if (/^(?:from|using|with|via|for|like|by|of)$/.test(preposition)) continue;
      if (before.length > 120 || notAFile.test(before) || notAFile.test(text.slice(piece.to))) return null;
      return looksLikeFile(path) || preposition === 'at' ? { kind: 'create', path, weak: false } : null;
    }
    if (/^(?:from|using|with|via|like|by|as)$/.test(preposition) && !/^(?:remove|delete)/i.test(text))
      continue;
    if (isRoute(path) && !looksLikeFile(path)) continue;
    if (addVerb.test(text)) {
      if (/^(?:in|into|inside|within|to|at|of)$/.test(preposition))
        return { kind: saidNew.test(text.slice(piece.to)) ? 'create' : 'edit', path, weak: false };
      continue;
    }
    if (editVerb.test(text) && before.length <= 160)
      return { kind: 'edit', path, weak: bare !== null && !/\//.test(path) && preposition === '' };
    if (
      looseVerb.test(text) &&
      (preposition !== '' || /^(?:open|patch|extend|fix|refactor)\s*$/i.test(before))
    )
      return { kind: 'edit', path, weak: true };
  }
  return null;
}

/** What stands before a file that is only compared with: "as we did in", "the same check that is in", "so that it matches". */
const comparison =
  /\b(?:(?:as|like|than)\s+(?:we|they|you|in|already|done|seen|used|the one|those|that|it(?:'s|\s+is)\s+(?:already|done|used))\b[^.;:]{0,40}|same\b[^.;:]{0,60}\s(?:as|that|which|we)\b[^.;:]{0,40}|match(?:es|ing)?|(?:import|copy|call|mention)s?\s+of)$/i;

const notAFile =
  /(?:^\s*|\b)(?:director(?:y|ies)|folder|table|endpoint|route|function|method|class|column|index|branch|symlink)\s*$|^\s+(?:director|folder|table)/i;

/** A bare path behind a preposition: `Add a check to lib/x.py`. */
function barePath(text: string): { text: string; from: number; to: number } | null {
  const form = /\b(?:in|into|inside|to|at|of|from|called|named)\s+(?:the\s+)?([\w@./~()[\]-]*[\w)\]])/gi;
  for (let found = form.exec(text); found !== null; found = form.exec(text)) {
    const path = trimPath(found[1] ?? '');
    const absolute = path.startsWith('/') && looksLikePath(path);
    if (looksLikeFile(path) || absolute) {
      const from = found.index + found[0].length - (found[1]?.length ?? 0);
      return { text: path, from, to: from + path.length };
    }
  }
  return null;
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
