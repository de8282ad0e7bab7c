/**
 * `npm run package`: builds every function and puts each into a zip, as it is deployed. The same sources make the same
 * bytes, so a deployment that changes nothing is seen to change nothing.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildFunctions } from './build.ts';
import { bundleContents } from './bundle-contents.ts';
import { checkout } from './local/checkout.ts';
import type { FunctionSpecs } from './local/manifest.ts';
import { type ZipEntry, zip } from './zip.ts';

export interface Package {
  readonly name: string;
  readonly file: string;
  /** Of the zip. */
  readonly bytes: number;
  /** Of `index.mjs`, which every cold start loads. */
  readonly indexBytes: number;
  readonly sha256: string;
}

/**
 * Builds into `<outDir>/<name>` and packs into `<outDir>/packages/<name>.zip`.
 * @param options as for {@link buildFunctions}
 */
export async function packageFunctions(
  options: { outDir?: string; functions?: FunctionSpecs } = {},
): Promise<Package[]> {
  const outDir = options.outDir ?? join(checkout, '.build');
  const bundles = await buildFunctions(undefined, { ...options, outDir });
  await mkdir(join(outDir, 'packages'), { recursive: true });
  return Promise.all(
    bundles.map(async ({ name, bytes }) => {
      const content = zip(await contentOf(join(outDir, name)));
      const file = join(outDir, 'packages', `${name}.zip`);
      await writeFile(file, content);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return { name, file, bytes: content.length, indexBytes: bytes, sha256 };
    }),
  );
}

/** What this build made: its chunks, not those of an earlier one beside them, and the folders with what it reads. */
async function contentOf(folder: string): Promise<ZipEntry[]> {
  const metafile: Metafile = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
  const names = bundleContents(metafile).files.flatMap(path => [basename(path), `${basename(path)}.map`]);
  for (const item of await readdir(folder, { withFileTypes: true })) {
    if (!item.isDirectory()) continue;
    for (const name of await readdir(join(folder, item.name))) names.push(`${item.name}/${name}`);
  }
  return Promise.all(names.map(async name => ({ name, content: await readFile(join(folder, name)) })));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    for (const { name, bytes, indexBytes, sha256 } of await packageFunctions()) {
      const sizes = [bytes, indexBytes].map(size => `${(size / 1024).toFixed(1).padStart(8)} KiB`);
      console.log(`${name.padEnd(16)}${sizes[0]} zip ${sizes[1]} index.mjs  sha256 ${sha256.slice(0, 12)}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
