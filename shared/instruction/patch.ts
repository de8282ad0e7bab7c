/** Whether a text is a patch that names its files itself, as `git diff` and other tools write it. */
export function isPatch(body: readonly string[]): boolean {
  const first = body.findIndex(line => line.trim() !== '');
  const line = body[first] ?? '';
  if (/^--- \S/.test(line)) return /^\+\+\+ \S/.test(body[first + 1] ?? '');
  return /^(?:diff --git |\*\*\* (?:Begin Patch|(?:Update|Add|Delete) File:))/.test(line);
}

/** "For reference, the diff:", "This gives:", a section that sums up: the changes themselves stand elsewhere. */
export function sumsUp(line: string, titles: readonly string[]): boolean {
  return (
    /^(?:for (?:reference|comparison)|(?:this|that|it) (?:gives|produces|yields)|the (?:result|resulting|whole diff)|in (?:sum|short))\b/i.test(
      line,
    ) || titles.some(title => /^(?:summary|overview|result)\b/i.test(title))
  );
}

export const patchReason =
  'This is a patch, and patches are not applied. Write each change as a block below File: `path`: <<<<<<< SEARCH, old lines, =======, new lines, >>>>>>> REPLACE; and each new file below Create `path`.';
