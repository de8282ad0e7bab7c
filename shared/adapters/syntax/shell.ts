import type { SyntaxProblem } from '../../ports/syntax.ts';
import { shellBlocks } from './shell-blocks.ts';
import { parse } from './tree-sitter.ts';

/**
 * Shell scripts, where two readings agree: the grammar alone refuses one valid script in twenty, so it only seconds
 * what the reading of blocks and quotes found. Other errors are let pass.
 */
export async function checkShell(text: string): Promise<SyntaxProblem | null> {
  const problem = shellBlocks(text);
  if (problem === null || (await parse('tree-sitter-bash.wasm', text)) === null) return null;
  return problem;
}
