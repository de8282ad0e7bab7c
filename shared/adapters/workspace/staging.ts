import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { Journal } from '../../ports/workspace.ts';
import { link, mkdirIn, rename, unlink } from './disk-calls.ts';
import { keepModeAndOwner, sha256, writeSynced } from './file-bytes.ts';
import { isCode } from './resolve.ts';

/** Below the workspace, so that a rename from here is one on the same file system. */
const folderName = '.jr-work';

/** The folder is gone with the last that was in it, and may go between making it and its first use. */
const mostMakings = 5;

/**
 * What is kept of a path. `new`: the bytes that are renamed over a file; `old`: its original; `made`: the bytes of a file
 * that is made, linked into place, so that what stays here says that there was none before.
 */
type Kept = 'new' | 'old' | 'made';

/**
 * Where an attempt keeps its new files until they are in place, and a journal of what was there before: so that nothing
 * half-written ever stands among the users' files, and what a crash left half-done can be put back. All journals are in
 * one folder, told apart by their names, so that it has to be synced only once for a whole batch; a name of an attempt is
 * never one of another's.
 */
export interface Staging {
  readonly folder: string;
  place(what: Kept, path: string): string;
}

export function stagingOf(realRoot: string, { key, epoch }: Journal): Staging {
  const folder = folderOf(realRoot);
  return { folder, place: (what, path) => `${folder}/${key}.${what}-${hashOf(path)}-${epoch}` };
}

function folderOf(realRoot: string): string {
  return join(realRoot, folderName);
}

const hashLength = 32;

/** A path is known in the folder by its hash: it may be longer than a name. */
function hashOf(path: string): string {
  return sha256(path).slice(0, hashLength);
}

/** Of the names in the folder most are of others that work at the same time: those are not taken apart. */
function keyIn(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

function hashIn(name: string): string {
  const at = name.indexOf('-', name.indexOf('.')) + 1;
  return name.slice(at, at + hashLength);
}

/** What a name in the folder says; its journal's key has no dot. */
function parse(name: string) {
  const [key = '', rest = ''] = name.split('.', 2);
  const [what = '', hash = '', epoch = ''] = rest.split('-');
  return { name, key, what, hash, epoch: Number(epoch) };
}

/**
 * Makes the folder when it is not there.
 *
 * @throws {JrError} PATH_FORBIDDEN when it is a link to who knows where, or no folder (invariant 13)
 */
export async function openStaging(realRoot: string): Promise<void> {
  const folder = folderOf(realRoot);
  const kind = kindOf(folder);
  if (kind === 'foreign') {
    throw new JrError(
      'PATH_FORBIDDEN',
      `${folderName} in the workspace is no folder: remove it. Files are staged there before they are written.`,
    );
  }
  if (kind === 'missing') await makeFolder(folder);
}

async function makeFolder(folder: string): Promise<void> {
  // Closed to others: what is staged has not yet the mode of the file that it replaces.
  await mkdirIn(folder, 0o700);
}

/** Puts new bytes where they wait until they are moved into place. */
export async function stage({ folder }: Staging, file: string, bytes: Uint8Array): Promise<void> {
  for (let makings = 0; ; makings += 1) {
    try {
      await writeSynced(file, bytes);
      return;
    } catch (error) {
      // Whoever took the last journal away took the folder with it.
      if (!isCode(error, 'ENOENT') || makings === mostMakings) throw error;
      await makeFolder(folder);
    }
  }
}

/** Keeps what stands at a place. A hard link costs nothing and outlives the rename over it. */
export async function keepOriginal(realPath: string, kept: string): Promise<void> {
  try {
    await link(realPath, kept);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    await writeSynced(kept, readFileSync(realPath));
    await keepModeAndOwner(realPath, kept);
  }
}

/**
 * Makes a file of what is staged, which stays.
 *
 * @param copy where its bytes may be staged once more, for a file system without links
 * @throws EEXIST when something stands there
 */
export async function linkInto(
  staged: string,
  realPath: string,
  { copy, bytes }: { readonly copy: () => string; readonly bytes: Uint8Array },
): Promise<void> {
  try {
    await link(staged, realPath);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    const place = copy();
    await writeSynced(place, bytes);
    await rename(place, realPath);
  }
}

/**
 * How a file system says that it has no hard links (EPERM, ENOTSUP; FUSE: ENOSYS, EACCES), no more for this file, or none
 * for one of somebody else's. What is none of that refuses the copy as well.
 */
const withoutLinks = ['EPERM', 'ENOTSUP', 'ENOSYS', 'EACCES', 'EMLINK', 'EXDEV'];

function isWithoutLinks(error: unknown): boolean {
  return withoutLinks.some(code => isCode(error, code));
}

/** Ends a write that came to nothing: what it kept goes; what a dead attempt kept stays. */
export async function abandonStaging(
  realRoot: string,
  { key, epoch }: Journal,
  mayWrite: () => void,
): Promise<void> {
  const folder = folderOf(realRoot);
  const names = namesIn(folder);
  if (names === null) return;
  for (const name of names.sort()) {
    if (keyIn(name) !== key || parse(name).epoch !== epoch) continue;
    mayWrite();
    await remove(`${folder}/${name}`);
  }
  await removeWhenEmpty(folder);
}

/** Whether there is no journal at all: the folder goes with the last that was in it. */
export function isUnused(realRoot: string): boolean {
  return kindOf(folderOf(realRoot)) === 'missing';
}

/** For each of several writes the keys of journals, its own left out, that know one of its paths. */
export function journalsWith(
  realRoot: string,
  writes: readonly { readonly key: string; readonly paths: readonly string[] }[],
): string[][] {
  const names = namesIn(folderOf(realRoot)) ?? [];
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
export function readJournal(
  realRoot: string,
  key: string,
): {
  readonly noteOf: (path: string) => Note | undefined;
  /** Whether it knows other paths than these. */
  readonly knowsBesides: (paths: readonly string[]) => boolean;
  readonly outdated: readonly string[];
} {
  const folder = folderOf(realRoot);
  const own = notesOf((namesIn(folder) ?? []).filter(name => keyIn(name) === key));
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

/**
 * Removes journals, those of earlier attempts and all that was staged under them, and the folder when nothing else is in
 * it.
 */
export async function removeStaging(realRoot: string, journals: readonly Journal[]): Promise<void> {
  const folder = folderOf(realRoot);
  const epochs = new Map(journals.map(({ key, epoch }) => [key, epoch]));
  const all = namesIn(folder);
  if (all === null) return;
  const isOurs = (name: string) => {
    const epoch = epochs.get(keyIn(name));
    return epoch !== undefined && parse(name).epoch <= epoch;
  };
  const names = all.filter(isOurs).sort();
  await Promise.all(names.map(name => remove(`${folder}/${name}`)));
  if (names.length === all.length) await removeWhenEmpty(folder);
}

/** Removes a file; none is fine. */
export async function remove(file: string): Promise<void> {
  try {
    await unlink(file); // rm would look twice first
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** What is in the folder, in any order; null when it is not there, or is none of ours. */
function namesIn(folder: string): string[] | null {
  if (kindOf(folder) !== 'own') return null;
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null; // it went meanwhile
    throw error;
  }
}

/** Whether the folder is a real one, not a link to who knows where (invariant 13). */
function kindOf(folder: string): 'own' | 'foreign' | 'missing' {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return 'missing';
  return stats.isDirectory() ? 'own' : 'foreign';
}

async function removeWhenEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!isCode(error, 'ENOTEMPTY') && !isCode(error, 'ENOENT') && !isCode(error, 'EEXIST')) throw error;
  }
}
