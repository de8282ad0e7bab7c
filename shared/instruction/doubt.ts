import type { Folder } from './folder.ts';
import type { PathHeader } from './header.ts';
import { looksLikeFile, tickedPieces, trimPath } from './path-token.ts';
import { workspacePath } from './paths.ts';
import { onlyCompared } from './verb-header.ts';

/** What stands around a block that has a path. */
interface Said {
  readonly header: PathHeader | null;
  /** Whether the header has had a block before this one. */
  readonly served: boolean;
  /** The path that the block would take, as its author wrote it. */
  readonly path: string;
  /** The nearest line of text above, after the last block of the section; empty where there is none. */
  readonly line: string;
  /** Whether two paths mean one file. */
  readonly same: (one: string, other: string) => boolean;
}

/** Why it is doubtful which file an edit is meant for, or null: it may have been meant for another one. */
export function doubtOfFile({ header, served, path, line, same }: Said): string | null {
  if (header === null || path !== header.path) return null;
  const several = doubtOfSeveral(header);
  if (several !== null) return several;
  if (header.instead !== undefined && !same(header.instead, path))
    return `A label or heading above this block names ${header.instead}, and the sentence below it ${path}: it may edit either. ${sayWhich}`;
  const other = served && /:\s*$/.test(line) ? otherFile(line, path) : null;
  return other === null
    ? null
    : `The line above this block speaks of ${other}, and the header before it, which has had a block already, names ${path}: it may edit either. ${sayWhich}`;
}

/** Why it is doubtful which file a block is for, or null: its line names more than one. */
export function doubtOfSeveral({ path, along }: PathHeader): string | null {
  if (along === undefined) return null;
  const form = (file: string): string => `\`${file}\``;
  return `The line above names ${[path, ...along].join(', ')}, and a block is for one file. Write a line of its own above each block: Create ${form(path)} for a whole new file, File: ${form(path)} for an edit.`;
}

const folder =
  /\b(?:in|under|inside|into|within|below|at)\s+(?:the\s+|your\s+|our\s+)?(?:`([^`\s]{1,200})`|([\w.@-]{1,80}\/[\w.@/-]{0,200}))(\s+(?:director|folder|dir\b))?/i;

/** Why it is doubtful where a whole file goes, or null: its line names it without folders and speaks of one. */
export function doubtOfFolder({ path, text }: PathHeader): string | null {
  if (path.includes('/') || text.length > 500) return null;
  const found = folder.exec(text.slice(text.indexOf(path) + path.length));
  const name = found?.[1] ?? found?.[2] ?? '';
  const isFolder =
    (name.includes('/') || found?.[3] !== undefined) && /\w/.test(name) && !looksLikeFile(name);
  if (!isFolder || name.includes('://')) return null;
  const whole = `${name.replace(/\/+$/, '')}/${path}`;
  return `The line above names ${path} and the folder ${name}: it may mean ${whole} or a file in the workspace itself. Write the whole path: Create \`${whole}\`.`;
}

/** Why it is doubtful where a path starts, or null: a line or a heading above it names a folder for the files below. */
export function doubtOfStart(
  path: string,
  folder: Folder | null,
  prefixes: readonly string[],
): string | null {
  if (folder === null || path.startsWith('/') || (path.includes('/') && !folder.base)) return null;
  const means = (raw: string): string | null => {
    const found = workspacePath(raw, prefixes);
    return found.kind === 'path' ? found.path : null;
  };
  const whole = means(`${folder.name}/${path}`);
  const alone = means(path);
  if (whole === null || alone === null || whole === alone) return null; // No folder of the workspace, or all of it.
  const within = means(`${folder.name}/x`)?.slice(0, -1) ?? '';
  return alone.startsWith(within)
    ? null
    : `A line or a heading above names the folder ${folder.name}, and this file is named ${path}: it may mean ${whole} or a file that is not in that folder. Write its path from the workspace on: \`${whole}\`, or take the folder's line away.`;
}

const sayWhich = 'Write File: `path` with the one that is meant right above the block.';

/** The one file that a line speaks of, where it is not the one at `path` and is not only compared with it. */
function otherFile(line: string, path: string): string | null {
  if (line.length > 500) return null;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const files = tickedPieces(line)
    .map(piece => ({ file: trimPath(piece.text), before: line.slice(0, piece.from).trimEnd() }))
    .filter(({ file }) => looksLikeFile(file));
  const [first] = files;
  if (first === undefined || files.length > 1 || `/${first.file}`.endsWith(`/${name}`)) return null;
  return onlyCompared(first.before) ? null : first.file;
}

const refusedTitle =
  /^(?:do not|don[’']?t|never)\s+(?:apply|use|do|make|execute|run|write|implement|merge)\b|\((?:not (?:chosen|recommended|selected|wanted|used|approved)|rejected|discarded|do not (?:apply|use))\)/i;
const refusedLine =
  /^(?:(?:wrong|bad|incorrect|rejected|discarded|not this|do not (?:do|write|apply|use|make)(?: (?:this|it|that))?|don[’']?t (?:do|write|apply|use|make)(?: (?:this|it|that))?|(?:what|which) (?:we|you) (?:do not|don[’']?t|must not|should not) (?:want|do|write)))\b[^:]{0,40}:\s*$/i;

/** Why it is doubtful whether a block is meant at all, or null: what stands above it says that it is not wanted. */
export function doubtOfWish(line: string, titles: readonly string[]): string | null {
  const plain = (text: string): string =>
    text
      .slice(0, 300)
      .replace(/[*_`❌]/g, '')
      .trim();
  const said = refusedLine.test(plain(line)) ? line : titles.find(title => refusedTitle.test(plain(title)));
  return said === undefined
    ? null
    : `What stands above this block ("${plain(said).slice(0, 80)}") says that it is not wanted. Take the block out, or show it in a quotation (> before each line); if it is meant, say so above it.`;
}
