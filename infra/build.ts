/**
 * Bundles the functions as they are deployed: `node infra/build.ts [name...]`. The local stack and the tests run
 * these very bundles.
 */
import { randomUUID } from 'node:crypto';
import { access, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { type BuildFailure, build, type Metafile } from 'esbuild';
import { grammarFiles } from '../shared/adapters/syntax/grammars.ts';
import { builtFrom, isUpToDate } from './built-from.ts';
import { bundleContents } from './bundle-contents.ts';
import { checkout } from './local/checkout.ts';
import { declaredFunctions, type FunctionSpecs } from './local/manifest.ts';

/** One built function. */
export interface Bundle {
  readonly name: string;
  /** Path of `index.mjs`. */
  readonly file: string;
  /** Of `index.mjs`: what every cold start loads. */
  readonly bytes: number;
  readonly gzipBytes: number;
  readonly milliseconds: number;
}

/** CommonJS packages inside an ES module still call `require` for Node's own modules. */
const banner =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** Writes so that a reader sees the old file or the new one, never half of either. */
async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, content);
  await rename(draft, path);
}

/** esbuild's errors, each with its place. */
function reasons(error: unknown): string {
  if (!(error instanceof Error) || !('errors' in error)) return String(error);
  const { errors } = error as BuildFailure; // the only error with `errors` that esbuild throws
  return errors
    .map(({ text, location }) => (location === null ? text : `${location.file}:${location.line}: ${text}`))
    .join('; ');
}

/** Folders that a bundle finds beside itself, by the source that reads them. */
const companions: Readonly<Record<string, { name: string; place: (folder: string) => Promise<void> }>> = {
  'shared/adapters/syntax/grammars.ts': { name: 'grammars', place: placeGrammars },
  'shared/adapters/postgres/migrate.ts': { name: 'migrations', place: placeMigrations },
};

async function placeGrammars(folder: string): Promise<void> {
  const { resolve } = createRequire(import.meta.url);
  await mkdir(folder, { recursive: true });
  for (const [name, source] of Object.entries(grammarFiles)) {
    await replaceFile(join(folder, name), await readFile(resolve(source)));
  }
}

async function placeMigrations(folder: string): Promise<void> {
  const from = join(checkout, 'migrations');
  // Anew: one that was renamed must not stay beside its new name.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(from)) await copyFile(join(from, name), join(folder, name));
}

/** Removes chunks of earlier builds, but for the last: a process that began with it may yet want them. */
async function removeOldChunks(folder: string, metafile: Metafile): Promise<void> {
  const last: Metafile | null = await readFile(join(folder, 'meta.json'), 'utf8').then(
    JSON.parse,
    () => null,
  );
  const keep = new Set(
    [metafile, last].flatMap(build => Object.keys(build?.outputs ?? {})).map(path => basename(path)),
  );
  for (const name of await readdir(folder)) {
    if (/\.mjs(\.map)?$/.test(name) && !keep.has(name)) await rm(join(folder, name), { force: true });
  }
}

async function buildFunction(name: string, handler: string, root: string, outDir: string): Promise<Bundle> {
  const began = performance.now();
  const startedAt = new Date();
  await access(join(root, handler)).catch(() => {
    throw new Error(
      `The handler of ${name} (${handler}) does not exist: create it or correct infra/functions.json.`,
    );
  });
  const folder = join(outDir, name);
  const file = join(folder, 'index.mjs');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { index: handler },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true, // what is imported on demand stays out of index.mjs, and out of the cold start
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true, // class names are error types in logs and in answers
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    banner: { js: banner },
    logLevel: 'silent', // its errors are thrown
    write: false,
  }).catch(error => {
    throw new Error(`The function ${name} could not be built: ${reasons(error)}`);
  });
  await mkdir(folder, { recursive: true });
  // The chunks first: whoever loads the new index.mjs finds them.
  const indexLast = outputFiles.toSorted((a, b) => Number(a.path === file) - Number(b.path === file));
  for (const output of indexLast) await replaceFile(output.path, output.contents);
  const { sources } = bundleContents(metafile);
  for (const [source, { name: companion, place }] of Object.entries(companions)) {
    if (sources.has(source)) await place(join(folder, companion));
    else await rm(join(folder, companion), { recursive: true, force: true }); // of an earlier build
  }
  await removeOldChunks(folder, metafile);
  await replaceFile(join(folder, 'meta.json'), JSON.stringify(metafile));
  const known = await builtFrom(root, metafile, startedAt);
  if (known !== null) await replaceFile(join(folder, known.fileName), known.content);
  const code = outputFiles.find(output => output.path === file)?.contents ?? new Uint8Array();
  return {
    name,
    file,
    bytes: code.length,
    gzipBytes: gzipSync(code).length,
    milliseconds: performance.now() - began,
  };
}

/**
 * Builds functions into `<outDir>/<name>/index.mjs`, all at once.
 * @param names which; default: all that are declared
 * @param options.root what the handler paths are relative to; default: the checkout
 */
export async function buildFunctions(
  names?: readonly string[],
  options: { outDir?: string; functions?: FunctionSpecs; root?: string } = {},
): Promise<Bundle[]> {
  const { functions = declaredFunctions, root = checkout, outDir = join(checkout, '.build') } = options;
  return Promise.all(
    (names ?? Object.keys(functions)).map(name => {
      const spec = functions[name];
      if (spec === undefined) {
        throw new Error(`There is no function ${name}; there are: ${Object.keys(functions).join(', ')}.`);
      }
      return buildFunction(name, spec.handler, root, outDir);
    }),
  );
}

/**
 * Builds those functions whose sources have changed since they were built.
 * @returns whether there were any
 */
export async function buildOutdated(functions: FunctionSpecs, outDir: string): Promise<boolean> {
  const upToDate = await Promise.all(
    Object.entries(functions).map(([name, { handler }]) => isUpToDate(join(outDir, name), checkout, handler)),
  );
  const outdated = Object.keys(functions).filter((_, at) => !upToDate[at]);
  await buildFunctions(outdated, { functions, outDir });
  return outdated.length > 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const kib = (bytes: number) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
  try {
    const names = process.argv.slice(2);
    for (const bundle of await buildFunctions(names.length > 0 ? names : undefined)) {
      const time = `${bundle.milliseconds.toFixed(0).padStart(5)} ms`;
      console.log(`${bundle.name.padEnd(16)}${kib(bundle.bytes)}${kib(bundle.gzipBytes)} gzip${time}`);
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
