/** Why a Python string has no end: its kind, for the message. */
export class Unterminated {
  readonly what: string;
  constructor(what: string) {
    this.what = what;
  }
}

/** The letters that may stand before a quote. */
export const stringPrefix = /^(?:[rbuft]|r[bft]|[bft]r)$/i;

/**
 * The offset behind a string that begins with the quote at `at`. Formatted strings hold expressions that hold strings,
 * since Python 3.12 with the same quotes.
 */
export function stringEnd(text: string, at: number, prefix: string): number | Unterminated {
  const quote = text[at] ?? '';
  const delimiter = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  const formatted = /[ft]/i.test(prefix);
  const kind = formatted ? 'f-string' : 'string';
  const unterminated = new Unterminated(
    delimiter.length === 3 ? `unterminated triple-quoted ${kind}` : `unterminated ${kind}`,
  );
  let i = at + delimiter.length;
  while (i < text.length) {
    const c = text[i];
    if (c === '\\') i += formatted && text[i + 1] === '{' ? 1 : 2;
    else if (text.startsWith(delimiter, i)) return i + delimiter.length;
    else if (c === '\n' && delimiter.length === 1) return unterminated;
    else if (c === '{' && formatted) {
      if (text[i + 1] === '{') i += 2;
      else {
        const end = fieldEnd(text, i + 1, delimiter);
        if (end === null) return unterminated;
        i = end;
      }
    } else i += 1;
  }
  return unterminated;
}

/** The offset behind the `}` of a replacement field; null when it has none. */
function fieldEnd(text: string, from: number, delimiter: string): number | null {
  let depth = 0;
  let i = from;
  while (i < text.length) {
    const c = text[i] ?? '';
    if (depth === 0 && c === '}') return i + 1;
    if (depth === 0 && c === ':') return specificationEnd(text, i + 1, delimiter);
    if (c === '"' || c === "'") {
      const end = stringEnd(text, i, /[a-z]{0,2}$/i.exec(text.slice(Math.max(0, i - 2), i))?.[0] ?? '');
      if (end instanceof Unterminated) return null;
      i = end;
      continue;
    }
    if (c === '#') {
      const end = text.indexOf('\n', i);
      if (end < 0) return null;
      i = end;
      continue;
    }
    if ('([{'.includes(c)) depth += 1;
    else if (')]}'.includes(c)) depth -= 1;
    if (depth < 0) return null;
    i += 1;
  }
  return null;
}

/** The same for the part behind the colon, which is text again and may hold further fields. */
function specificationEnd(text: string, from: number, delimiter: string): number | null {
  let i = from;
  while (i < text.length) {
    if (text[i] === '}') return i + 1;
    if (text.startsWith(delimiter, i) || (text[i] === '\n' && delimiter.length === 1)) return null;
    if (text[i] === '{') {
      const end = fieldEnd(text, i + 1, delimiter);
      if (end === null) return null;
      i = end;
    } else i += 1;
  }
  return null;
}
