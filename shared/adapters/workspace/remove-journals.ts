import type { EndedJournal, Journal } from '../../ports/workspace.ts';
import { remove } from './disk-calls.ts';
import { keyIn, nameOf, parse } from './journal-names.ts';
import { folderOf, kindOf, namesIn, removeWhenEmpty } from './staging-folder.ts';

/** Ends a write that came to nothing: what it kept goes; what a dead attempt kept stays. */
export async function abandonStaging(
  realRoot: string,
  { key, epoch }: Journal,
  mayWrite: () => void,
): Promise<void> {
  const folder = folderOf(realRoot);
  const names = await namesIn(folder);
  if (names === null) return;
  for (const name of names.sort()) {
    if (keyIn(name) !== key || parse(name).epoch !== epoch) continue;
    mayWrite();
    await remove(`${folder}/${name}`);
  }
  await removeWhenEmpty(folder);
}

/**
 * Removes journals, those of earlier attempts and all that was staged under them, and the folder when nothing else is in
 * it.
 */
export async function removeStaging(realRoot: string, journals: readonly EndedJournal[]): Promise<void> {
  if (kindOf(folderOf(realRoot)) !== 'own') return;
  const known = await Promise.all(journals.map(journal => removeKnown(realRoot, journal)));
  const others = journals.filter((_, at) => known[at] === false);
  if (others.length > 0) await removeListed(realRoot, others);
  else await removeWhenEmpty(folderOf(realRoot));
}

/** Answers whether all that is kept was known by name, and is gone: what is not where it should be is looked for. */
async function removeKnown(realRoot: string, journal: EndedJournal): Promise<boolean> {
  if (journal.only === undefined) return false;
  const folder = folderOf(realRoot);
  const names = journal.only.map(({ place, made }) => nameOf(journal, made ? 'made' : 'old', place));
  return (await Promise.all(names.map(name => remove(`${folder}/${name}`)))).every(removed => removed);
}

async function removeListed(realRoot: string, journals: readonly Journal[]): Promise<void> {
  const folder = folderOf(realRoot);
  const epochs = new Map(journals.map(({ key, epoch }) => [key, epoch]));
  const all = await namesIn(folder);
  if (all === null) return;
  const isOurs = (name: string) => {
    const epoch = epochs.get(keyIn(name));
    return epoch !== undefined && parse(name).epoch <= epoch;
  };
  const names = all.filter(isOurs).sort();
  await Promise.all(names.map(name => remove(`${folder}/${name}`)));
  if (names.length === all.length) await removeWhenEmpty(folder);
}
