import type { Metafile } from 'esbuild';

/**
 * What a bundle really consists of: esbuild also writes chunks for imports on demand that were taken out as unused.
 * @returns paths of its files, from its index.mjs on, and the sources of which something is in them
 */
export function bundleContents({ outputs }: Metafile): { files: string[]; sources: Set<string> } {
  const index = Object.keys(outputs).find(path => path.endsWith('/index.mjs'));
  const found = new Set(index === undefined ? [] : [index]);
  // A set that grows while it is walked: what is added is visited too.
  for (const path of found) {
    for (const { path: imported } of outputs[path]?.imports ?? [])
      if (imported in outputs) found.add(imported);
  }
  const files = [...found];
  const inputs = files.flatMap(path => Object.entries(outputs[path]?.inputs ?? {}));
  const sources = new Set(inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])));
  return { files, sources };
}
