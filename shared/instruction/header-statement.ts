const list = /^(?:[-*+•]\s+|\d{1,3}[.)]\s+)?(?:\[[ xX]\]\s+)?/;
const ordinal =
  /^(?:(step|task|phase|part|change|fix|section|item|patch|block|deliverable|action|subtask|modification|edit|update)\s*#?\d+[a-z]?(?:\.\d+)*|\d+(?:\.\d+)*[a-z]?|[a-z]\d?)\s*(?:[:.)–—]+(?=[\s`*/"'~])|-+(?=\s))\s*/i;
const lead =
  /^(?:now|then|next|also|finally|first|second|third|lastly|and|please|additionally|afterwards|(?:(?:we|you)\s+(?:(?:must|should|need\s+to|have\s+to|will)\s+)?also))\b[,:]?\s+/i;
/**
 * What a line that may be a header says, without what stands before it: marks of lists and of print, numbers, words that
 * lead in. `word` is the one that was numbered, in small letters: `fix` of "Fix 2: ...", or nothing.
 */
export function statementOf(line: string): { text: string; word: string } {
  let text = withoutMarks(line.trim());
  let word = '';
  for (let round = 0; round < 3; round += 1) {
    const found = ordinal.exec(text);
    if (found === null) break;
    word = found[1]?.toLowerCase() ?? word;
    text = text.slice(found[0].length);
  }
  return { text: withoutLead(text), word };
}

/** What a line says, without the marks of lists and of print and other signs before it. */
function withoutMarks(line: string): string {
  // Most headers have none: they begin with a letter, and no sign in them marks anything.
  if (/^[A-Za-z](?:[^*<]*[^*<_])?$/.test(line)) return line;
  return unmarked(line.replace(list, '').replaceAll('**', '').trim())
    .replace(/^[^\p{L}\p{N}`/.(["'_~$@]+/u, '')
    .replace(/^[_*](?=[A-Z`])|[_*]$/g, '');
}

/** A line without the marks that make all of it, or its label, bold, slanted or code: `<b>File:</b> x`, `__File:__ x`. */
function unmarked(text: string): string {
  const plain = text
    .replace(/<\/?(?:b|strong|i|em|u|code|summary)>/gi, '')
    .replace(/^__([A-Za-z][\w ]{0,30}:?)__(?=[\s:])/, '$1');
  const wholly = /^`([A-Za-z ]{2,20}:\s*[^`]+)`:?$/.exec(plain)?.[1];
  return wholly ?? plain;
}

/**
 * A line without the word that leads into it. "Now add ..." begins a sentence as "Add ..." does; after a small letter
 * it stays the middle of a wrapped one.
 */
function withoutLead(text: string): string {
  const found = lead.exec(text);
  if (found === null) return text;
  const rest = text.slice(found[0].length);
  return /^\p{Lu}/u.test(text) && !/^[\w@-]*[./]/.test(rest)
    ? rest.charAt(0).toUpperCase() + rest.slice(1)
    : rest;
}
