import { hashIn, hashOf, keyIn, parse } from './journal-names.ts';
import { folderOf, foldersThere, isOwn, namesIn } from './staging-folder.ts';

/** For each of several writes the keys of journals, its own left out, that know one of its paths. */
export async function journalsWith(
  realRoot: string,
  writes: readonly { readonly key: string; readonly paths: readonly string[] }[],
): Promise<string[][]> {
  const names = (await Promise.all(foldersThere(realRoot).map(namesIn))).flat();
  if (names.length === 0) return writes.map(() => []);
  const each = writes.map(({ key, paths }) => ({ key, hashes: new Set(paths.map(hashOf)) }));
  const known = new Set(each.flatMap(({ hashes }) => [...hashes]));
  const notes = notesOf(names.filter(name => known.has(hashIn(name))));
  return each.map(({ key, hashes }) => {
    return [...new Set(notes.flatMap(note => (note.key !== key && hashes.has(note.hash) ? [note.key] : [])))];
  });
}

/** What a journal says of a path: its original is kept, or there was none. */
export interface Note {
  readonly file: string;
  readonly made: boolean;
}

/**
 * Reads a journal. Of several attempts that knew a path the last counts, as the one that saw what the others had left.
 *
 * @returns what it says of a path, and the files of notes that do not count any more
 */
export async function readJournal(
  realRoot: string,
  key: string,
): Promise<{
  readonly noteOf: (path: string) => Note | undefined;
  /** Whether it knows other paths than these. */
  readonly knowsBesides: (paths: readonly string[]) => boolean;
  readonly outdated: readonly string[];
}> {
  const folder = folderOf(realRoot, key);
  const names = isOwn(folder) ? await namesIn(folder) : [];
  const own = notesOf(names.filter(name => keyIn(name) === key));
  const latest = new Map(own.toSorted((a, b) => a.epoch - b.epoch).map(note => [note.hash, note]));
  const outdated = own.filter(note => latest.get(note.hash) !== note).map(({ name }) => `${folder}/${name}`);
  return {
    noteOf: path => {
      const note = latest.get(hashOf(path));
      return note === undefined ? undefined : { file: `${folder}/${note.name}`, made: note.what === 'made' };
    },
    knowsBesides: paths => {
      const hashes = new Set(paths.map(hashOf));
      return [...latest.keys()].some(hash => !hashes.has(hash));
    },
    outdated,
  };
}

function notesOf(names: readonly string[]) {
  return names
    .toSorted()
    .map(parse)
    .filter(({ what }) => what === 'old' || what === 'made');
}
