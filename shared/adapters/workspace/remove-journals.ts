import type { EndedJournal, Journal } from '../../ports/workspace.ts';
import { remove } from './disk-calls.ts';
import { keyIn, nameOf, parse } from './journal-names.ts';
import { folderOf, isOwn, namesIn, removeEmpty } from './staging-folder.ts';

/** Ends a write that came to nothing: what it kept goes; what a dead attempt kept stays. */
export async function abandonStaging(
  realRoot: string,
  { key, epoch }: Journal,
  mayWrite: () => void,
): Promise<void> {
  const folder = folderOf(realRoot, key);
  if (!isOwn(folder)) return;
  for (const name of (await namesIn(folder)).sort()) {
    if (keyIn(name) !== key || parse(name).epoch !== epoch) continue;
    mayWrite();
    await remove(`${folder}/${name}`);
  }
  await removeEmpty([folder]);
}

/**
 * Removes journals, those of earlier attempts and all that was staged under them, and the folders when nothing else is in
 * them.
 */
export async function removeStaging(realRoot: string, journals: readonly EndedJournal[]): Promise<void> {
  const inFolders = [...Map.groupBy(journals, ({ key }) => folderOf(realRoot, key))];
  const own = inFolders.filter(([folder]) => isOwn(folder));
  await Promise.all(own.map(([folder, some]) => removeFrom(folder, some)));
  await removeEmpty(own.map(([folder]) => folder));
}

async function removeFrom(folder: string, journals: readonly EndedJournal[]): Promise<void> {
  const known = await Promise.all(journals.map(journal => removeKnown(folder, journal)));
  const others = journals.filter((_, at) => known[at] === false);
  if (others.length > 0) await removeListed(folder, others);
}

/** Answers whether all that is kept was known by name, and is gone: what is not where it should be is looked for. */
async function removeKnown(folder: string, { only, ...journal }: EndedJournal): Promise<boolean> {
  if (only === undefined) return false;
  const names = only.map(({ place, made }) => nameOf(journal, made ? 'made' : 'old', place));
  return (await Promise.all(names.map(name => remove(`${folder}/${name}`)))).every(removed => removed);
}

async function removeListed(folder: string, journals: readonly Journal[]): Promise<void> {
  const epochs = new Map(journals.map(({ key, epoch }) => [key, epoch]));
  const isOurs = (name: string) => {
    const epoch = epochs.get(keyIn(name));
    return epoch !== undefined && parse(name).epoch <= epoch;
  };
  const names = (await namesIn(folder)).filter(isOurs).sort();
  await Promise.all(names.map(name => remove(`${folder}/${name}`)));
}
