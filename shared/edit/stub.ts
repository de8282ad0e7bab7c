const comment = /^\s*(?:#+|\/\/+|--|\/\*+|\*|<!--|;+|%+|\{\/\*|"""|''')?\s*/;
const closing = /(?:\*\/\}?|-->|"""|''')$/;
const dots = '(?:\\.{3,}|…)';
const things =
  '(?:rest|remainder|remaining|existing|previous|original|other|current|same|unchanged|all (?:the )?(?:other|existing|remaining)|your)';
const nouns =
  '(?:of (?:the |your |this )?(?:\\w+ )?(?:code|file|function|functions|method|methods|class|implementation|script|module|component|content|contents|logic|body|imports?|config\\w*)|(?:\\w+ )?(?:code|content|contents|functions?|methods?|implementation|logic|imports?|body|class|file|routes?|handlers?|setup|stuff|fields|tests|entries|items|styles|props))';
const claims = [
  // "... rest of the code", "... existing code ...", with or without a comment sign.
  new RegExp(`^${dots}\\s*\\(?(?:the )?${things}\\b[^"'\`=;{}]{0,60}\\)?\\s*${dots}?\\.?$`, 'i'),
  // "rest of the code ...", "existing imports ..."
  new RegExp(`^\\(?(?:the )?${things}\\s+${nouns}\\b[^"'\`=;{}]{0,40}${dots}\\)?$`, 'i'),
  // "rest of the file unchanged", "remaining methods stay the same", "existing code here", "rest unchanged"
  new RegExp(
    `^\\(?(?:the )?${things}(?:\\s+${nouns})?\\b[^"'\`=;{}]{0,30}\\b(?:unchanged|(?:stays?|remains?|is|are) (?:the same|as (?:is|before))|as before|omitted(?: for brevity)?|(?:goes|continues?) here|here)\\.?\\)?$`,
    'i',
  ),
  /^\(?(?:code|content|implementation|lines?|details) (?:omitted|elided|truncated|unchanged)(?: for brevity)?\.?\)?$/i,
  /^\(?(?:unchanged|no changes?)(?: from here| below| above)?\s*(?:\.{3,}|…)\)?$/i,
];

const unsigned = new RegExp(`^${dots}\\s+\\(?(?:the )?${things}\\s+${nouns}\\b[^"'\`=;{}]{0,40}$`, 'i');

/**
 * Whether a line stands for text that was left out: `# ... existing code ...`, `// rest of the file unchanged`. A bare
 * `...` is Python and no stub; so is prose that only speaks of existing code.
 */
export function isStubLine(line: string): boolean {
  if (line.length > 200 || !/[.…]{1}|unchanged|same|here|omitted|before|elided/i.test(line)) return false;
  const signed = comment.exec(line)?.[0].trim() ?? '';
  const text = line.replace(comment, '').trimEnd().replace(closing, '').trim();
  const [first, second, ...others] = claims;
  // Without a comment sign only "... rest of the code" is told from ordinary text and from `...rest,`.
  if (signed === '') return /^(?:\.{3,}|…)\s+/.test(text) && unsigned.test(text);
  if (first?.test(text)) return true;
  return second?.test(text) === true || others.some(claim => claim.test(text));
}

/** The first line of `fresh` that is a stub and is no line of `known`; null when there is none. */
export function newStub(fresh: readonly string[], known: (line: string) => boolean): string | null {
  return fresh.find(line => isStubLine(line) && !known(line)) ?? null;
}
