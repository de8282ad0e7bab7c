import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';
import { checkout } from './local/checkout.ts';

/** What is in every bundle and in no list of inputs: how they are made, the packages as npm installed them. */
const always = ['infra/build.ts', 'node_modules/.package-lock.json'];

/** Beside the bundle: what it was built from. */
const fileName = 'built-from.json';

/** Paths with size and time of the last change. Packages change only with npm's own list of them. */
async function describe(root: string, metafile: Metafile): Promise<{ key: string; newest: number }> {
  const own = Object.keys(metafile.inputs).filter(path => !path.startsWith('node_modules/'));
  const migrations = (await readdir(join(checkout, 'migrations'))).map(name => join('migrations', name));
  const paths = [
    ...own.map(path => resolve(root, path)),
    ...[...always, ...migrations].map(path => join(checkout, path)),
  ].sort();
  const files = await Promise.all(
    paths.map(async path => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
  const key = createHash('sha256').update(JSON.stringify(files)).digest('hex');
  return { key, newest: Math.max(...files.map(({ mtimeMs }) => mtimeMs)) };
}

/**
 * What to write beside a bundle so that {@link isUpToDate} knows it again; null when a source has changed since the build
 * began: nobody can say then which of the two is in it.
 */
export async function builtFrom(
  root: string,
  metafile: Metafile,
  began: Date,
): Promise<{ fileName: string; content: string } | null> {
  const { key, newest } = await describe(root, metafile);
  return newest < began.getTime() ? { fileName, content: JSON.stringify({ key }) } : null;
}

/** Whether the bundle in a folder was built of that handler, and of its sources as they are. */
export async function isUpToDate(folder: string, root: string, handler: string): Promise<boolean> {
  try {
    const metafile: Metafile = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
    if (!Object.values(metafile.outputs).some(({ entryPoint }) => entryPoint === handler)) return false;
    const { key } = JSON.parse(await readFile(join(folder, fileName), 'utf8'));
    return key === (await describe(root, metafile)).key;
  } catch {
    // Something of it is not there, or not whole: it is built anew, and that says what is wrong.
    return false;
  }
}
