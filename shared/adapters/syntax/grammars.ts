import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

/**
 * The WebAssembly files that are read at run time, and where npm puts them. infra/build.ts copies them into a folder
 * `grammars` beside a bundle.
 */
export const grammarFiles = {
  'web-tree-sitter.wasm': 'web-tree-sitter/web-tree-sitter.wasm',
  'tree-sitter-python.wasm': 'tree-sitter-python/tree-sitter-python.wasm',
  'tree-sitter-javascript.wasm': 'tree-sitter-javascript/tree-sitter-javascript.wasm',
  'tree-sitter-typescript.wasm': 'tree-sitter-typescript/tree-sitter-typescript.wasm',
  'tree-sitter-tsx.wasm': 'tree-sitter-typescript/tree-sitter-tsx.wasm',
} as const;

export type GrammarFile = keyof typeof grammarFiles;

/** Reads one of them: from beside the bundle, or where the checkout has it. */
export async function readGrammar(name: GrammarFile): Promise<Uint8Array> {
  try {
    return await readFile(new URL(`grammars/${name}`, import.meta.url));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    // This module is not bundled, so its packages are where Node finds them.
    return await readFile(createRequire(import.meta.url).resolve(grammarFiles[name]));
  }
}
