import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';

/** What a task of the case `files` writes: three files of about 400 bytes, the same for every contestant. */
export function filesOf(task: number | string): readonly { readonly name: string; readonly text: string }[] {
  return ['first', 'second', 'third'].map(name => ({
    name: `task-${task}/${name}.txt`,
    text: Array.from({ length: 10 }, (_, at) => `line ${at} of the ${name} file of task ${task}`)
      .join('\n')
      .concat('\n'),
  }));
}

/** Makes the folder that a task's files go to. */
export async function makeTaskFolder(folder: string, task: number | string): Promise<void> {
  await mkdir(join(folder, `task-${task}`), { recursive: true });
}

/** Temp file, fsync, rename: what a careful user of a queue library writes by hand. */
export async function writeDurably(
  folder: string,
  { name, text }: { name: string; text: string },
): Promise<void> {
  const path = join(folder, name);
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
