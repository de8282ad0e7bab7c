/**
 * Bundles the functions as they are deployed: `node infra/build.ts [name...]`. The local stack and the tests run
 * these very bundles.
 */
import { randomUUID } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type BuildFailure, build } from 'esbuild';
import { checkout, declaredFunctions, type FunctionSpecs } from './local/manifest.ts';

/** One built function. */
export interface Bundle {
  readonly name: string;
  /** Path of `index.mjs`. */
  readonly file: string;
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

async function buildFunction(name: string, handler: string, root: string, outDir: string): Promise<Bundle> {
  const began = performance.now();
  await access(join(root, handler)).catch(() => {
    throw new Error(
      `The handler of ${name} (${handler}) does not exist: create it or correct infra/functions.json.`,
    );
  });
  const folder = join(outDir, name);
  const file = join(folder, 'index.mjs');
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [handler],
    outfile: file,
    bundle: true,
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
  for (const output of outputFiles) await replaceFile(output.path, output.contents);
  await replaceFile(join(folder, 'meta.json'), JSON.stringify(metafile));
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

if (import.meta.main) {
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
