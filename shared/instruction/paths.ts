/** A path as a document names it, judged without looking at any disk. */
export type WorkspacePath =
  | { readonly kind: 'path'; readonly path: string }
  /** `reason` is a clause with its full stop: "it leaves the workspace ...". */
  | { readonly kind: 'refused'; readonly reason: string };

/** A relative path with nothing about it to judge or to mend, as most are. */
const plain = /^(?:[\w-][\w.-]*\/)*[\w-][\w.-]*$/;

/** Characters of a name of a file or a folder, at most. */
const mostOfPart = 255;

/**
 * The workspace path that a document means: relative, `/` between folders, no `.` parts. An absolute path under
 * one of `prefixes` means the workspace; any other, and any path that leaves the workspace, is refused.
 */
export function workspacePath(raw: string, prefixes: readonly string[]): WorkspacePath {
  if (raw.length <= mostOfPart && plain.test(raw)) return { kind: 'path', path: raw };
  const refused = forbiddenForm(raw);
  if (refused !== null) return refuse(refused);
  let rest = raw;
  if (raw.startsWith('/')) {
    const clean = `/${partsOf(raw).join('/')}`;
    const prefix = prefixes
      .map(each => `/${partsOf(each).join('/')}`)
      .sort((a, b) => b.length - a.length)
      .find(each => clean === each || each === '/' || clean.startsWith(`${each}/`));
    if (prefix === undefined) {
      const known = prefixes.length === 0 ? 'none is configured' : prefixes.join(', ');
      return refuse(
        `lies outside the workspace: absolute paths are understood only under its prefixes (${known}). Write it relative to the workspace`,
      );
    }
    rest = clean.slice(prefix.length);
  }
  const kept: string[] = [];
  for (const part of partsOf(rest)) {
    if (part !== '..') kept.push(part);
    else if (kept.pop() === undefined) {
      return refuse('leaves the workspace with "..". Write it relative to the workspace without ".."');
    }
  }
  if (kept.length === 0) return refuse('names the workspace itself, not a file in it');
  if (/[/\\]\.?$/.test(raw)) return refuse('names a folder. Write the path of a file');
  return { kind: 'path', path: kept.join('/') };
}

function refuse(reason: string): WorkspacePath {
  return { kind: 'refused', reason: `it ${reason}.` };
}

function partsOf(path: string): string[] {
  return path.split('/').filter(part => part !== '' && part !== '.');
}

function forbiddenForm(raw: string): string | null {
  if (raw.trim() === '') return 'is empty';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here.
  if (/[\u0000-\u001f\u007f]/.test(raw)) return 'holds a control character';
  if (/^[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(raw)) return 'is a URL. Name a file of the workspace';
  if (/^[A-Za-z]:[\\/]/.test(raw))
    return 'names a drive. Write it relative to the workspace, with "/" between folders';
  if (raw.includes('\\')) return 'has a backslash. Write "/" between folders';
  if (raw.startsWith('~')) return 'begins with "~". Write it relative to the workspace';
  if (/^\$(\{?[A-Za-z_]+\}?)\//.test(raw))
    return 'begins with a shell variable. Write it relative to the workspace';
  if (raw.length > 1024 || raw.split('/').some(part => part.length > mostOfPart))
    return 'is longer than a path may be';
  return null;
}
