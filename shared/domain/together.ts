/** What a task is about to write. */
export interface Writing {
  /** Relative to the workspace. */
  readonly paths: readonly string[];
  /** Whether it has to wait for what another invocation holds: it keeps no others waiting. */
  readonly alone: boolean;
}

/** So many files are written in one transaction: the locks of all are held until the last is there. */
const mostFiles = 100;

/**
 * Those that are written next, in one transaction: from the first on all that write no file of another before them, nor
 * below or above one. Who shares a file with one before comes after it: they stay in order of service.
 *
 * @param waiting in order of service
 */
export function together<T extends Writing>(waiting: readonly T[]): T[] {
  const [first] = waiting;
  if (first?.alone === true) return [first];
  const group: T[] = [];
  const files = new Set<string>();
  const folders = new Set<string>();
  let left = mostFiles;
  for (const each of waiting) {
    const { paths, alone } = each;
    const above = paths.flatMap(foldersAbove);
    const isApart =
      !paths.some(path => files.has(path) || folders.has(path)) && !above.some(path => files.has(path));
    if (isApart && !alone && (group.length === 0 || paths.length <= left)) {
      group.push(each);
      left -= paths.length;
    }
    for (const path of paths) files.add(path);
    for (const path of above) folders.add(path);
  }
  return group;
}

function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}
