import { type Found, type HeaderKind, isRoute, leadingToken, saidNew, type Token } from './header-parts.ts';
import { looksLikeFile, looksLikePath, plausiblePath, tickedPieces, trimPath } from './path-token.ts';

const keyword =
  /^(create(?:\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:files?|script))?(?:\s+at)?|create\s+new|new\s+(?:file|script|module|component|migration|service|test|page|helper|config)|(?:affected|existing|source|main|config(?:uration)?|test|migration|primary|key|destination|output|full|relative|absolute)\s+(?:file|path)|files?(?:\s?path|\s?name|\s+location|\s+to\s+(?:create|modify|edit|update|change))?(?:\s*#?\d+[a-z]?)?|files?\s+to\s+(?:create|modify|edit|update|change)|modify(?:\s+(?:the\s+)?(?:existing\s+)?file)?|edit(?:\s+(?:the\s+)?file)?|update(?:\s+(?:the\s+)?(?:existing\s+)?file)?|in(?:\s+(?:the\s+)?file)?|inside|target(?:\s+(?:files?|path))?|path|location)(?:\(s\))?(?![\w-])\s*(?:\(([^)]{0,40})\))?\s*(?:[:=]|(?<=\s)[-–—](?=\s))?\s*/i;

/** `File: x`, `Create x`, `In x`: a keyword and, right behind it, the path. */
export function byKeyword(text: string): Found | null {
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
  if (after !== '' && isNoFile.test(after)) return null;
  if (isUrl(path) && !/^(create|file|new|modify|edit|update)/.test(name)) return null;
  if (kind === 'edit' && !file && !colon && isRoute(path)) return null;
  const sentence = /^in/.test(name) && !/^\s*:?\s*$/.test(after);
  return { kind, path, weak: false, sentence };
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

/** Words behind a path that say that it is no file. */
const isNoFile =
  /^\s*(?:director|folder|table|branch|symlink|endpoint|route|index|view|schema|user|role|bucket|queue|column)/i;

/** `File 2: the hook in `x.py``: some words, then the one path of the line. */
function laterToken(rest: string, kind: HeaderKind): Found | null {
  const pieces = tickedPieces(rest).filter(piece => looksLikeFile(trimPath(piece.text)));
  const piece = pieces[0];
  if (piece === undefined || pieces.length > 1) return null;
  const inside = /\b(?:in|into|to|inside|of)\s*(?:the\s+)?$/i.test(rest.slice(0, piece.from));
  return { kind: inside ? 'edit' : kind, path: trimPath(piece.text), weak: false, sentence: true };
}

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
