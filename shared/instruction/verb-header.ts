import { type Found, isRoute, saidNew } from './header-parts.ts';
import { looksLikeFile, looksLikePath, tickedPieces, trimPath } from './path-token.ts';

const newFileVerb =
  /^add\s+(?:an?\s+|the\s+)?(?:new\s+)?(?:file|script|module|migration)\b(?!.*\b(?:to|in|into)\s+(?:the\s+)?`)/i;
const createVerb = /^create\b/i;
const addVerb = /^(?:add|append|insert)\b/i;
const editVerb = /^(?:modify|edit|update|in|inside)\b/i;
const sameVerb = /^(?:do|apply|make|repeat)\s+(?:exactly\s+)?(?:the\s+)?(?:very\s+)?same\b/i;
const looseVerb =
  /^(?:open|find|locate|replace|change|remove|delete|fix|patch|extend|wire|integrate|refactor|put|place)\b/i;

/** `Create a watcher at x`, `Add the import to x`, `Update f() in x`: a verb, some words, a path. */
export function byVerb(text: string): Found | null {
  const strong = createVerb.test(text) || addVerb.test(text) || editVerb.test(text) || sameVerb.test(text);
  if (!strong && !looseVerb.test(text)) return null;
  const first = text.charAt(0);
  if (first !== first.toUpperCase()) return null; // The middle of a wrapped sentence.
  const pieces = tickedPieces(text).filter(piece => looksLikePath(trimPath(piece.text)));
  const bare = pieces.length === 0 ? barePath(text) : null;
  const candidates = bare === null ? pieces : [bare];
  for (const piece of candidates) {
    const before = text.slice(0, piece.from).trimEnd();
    if (onlyCompared(before)) continue;
    const path = trimPath(piece.text);
    const preposition =
      /\b(in|into|inside|within|to|of|from|at|as|named|called|using|with|via|for|like|by)(?:\s+(?:the|a|an|existing|new|your|file|script|module))*[:]?$/i
        .exec(before)?.[1]
        ?.toLowerCase() ?? '';
    if (newFileVerb.test(text)) return { kind: 'create', path, weak: false };
    if (createVerb.test(text)) {
      if (/^(?:in|into|inside|within|to)$/.test(preposition)) return { kind: 'edit', path, weak: false };
      if (/^(?:from|using|with|via|for|like|by|of)$/.test(preposition)) continue;
      if (before.length > 120 || notAFile.test(before) || notAFile.test(text.slice(piece.to))) return null;
      return looksLikeFile(path) || preposition === 'at' ? { kind: 'create', path, weak: false } : null;
    }
    if (/^(?:from|using|with|via|like|by|as)$/.test(preposition) && !/^(?:remove|delete)/i.test(text))
      continue;
    if (isRoute(path) && !looksLikeFile(path)) continue;
    if (sameVerb.test(text)) {
      if (/^(?:in|into|inside|within|to|at|for)$/.test(preposition))
        return { kind: 'edit', path, weak: false };
      continue;
    }
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

/** What stands before a file that is only compared with: "as we did in", "the same check that is in", "(defined in", "so that it matches". */
const comparison =
  /\b(?:(?:as|like|than)\s+(?:we|they|you|in|already|done|seen|used|the one|those|that|it(?:'s|\s+is)\s+(?:already|done|used))\b[^.;:]{0,40}|same\b[^.;:]{0,60}\s(?:as|that|which|we)\b[^.;:]{0,40}|match(?:es|ing)?|(?:import|copy|call|mention)s?\s+of|(?:similar|identical|equal|analogous)\s+to|,\s+(?:since|because)\b[^.;:]{0,60}\s(?:in|to|from)|(?:equals?|agrees?|corresponds?)\b[^.;:]{0,40}\s(?:in|of|from|with)|;\s+(?:the|its)\b[^.;:]{0,40}\s(?:lives?|is|are|stands?|defined|declared)\s+in|,\s+which\s+(?:is|are)\s+also\s+(?:in|found in|used in|defined in)|(?<=\()(?:defined|declared|imported|used)\s+(?:in|from|by))$/i;

/** Whether a file whose path comes right behind that text is only compared with, and not the one to be edited. */
export function onlyCompared(before: string): boolean {
  return comparison.test(before.slice(-160));
}

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
