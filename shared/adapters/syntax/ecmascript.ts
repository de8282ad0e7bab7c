import { stripTypeScriptTypes } from 'node:module';
import type { Tree } from 'web-tree-sitter';
import type { SyntaxProblem } from '../../ports/syntax.ts';
import { lineAt, problemAt } from './source-text.ts';
import { parse } from './tree-sitter.ts';

type Dialect = 'javascript' | 'typescript' | 'tsx';

/**
 * JavaScript and TypeScript. The grammars say where the error is, Node's own parser whether there is one: of 1,500
 * TypeScript files that compile, the grammar alone refused 175, the two together none. Node's parser reads no JSX, so
 * with JSX the grammar is alone.
 */
export async function checkEcmaScript(text: string, dialect: Dialect): Promise<SyntaxProblem | null> {
  const problem = await parse(`tree-sitter-${dialect}.wasm`, text, tree => jsxTags(tree, text));
  if (problem === null || nodeReads(text)) return null;
  const known = inKnownForms(text);
  return known === text || (await parse(`tree-sitter-${dialect}.wasm`, known)) !== null ? problem : null;
}

/** A closing tag of another name than the opening one, which the grammars let pass. */
function jsxTags(tree: Tree, text: string): SyntaxProblem | null {
  if (!text.includes('</')) return null;
  for (const element of tree.rootNode.descendantsOfType('jsx_element')) {
    const opening = element?.childForFieldName('open_tag');
    const closing = element?.childForFieldName('close_tag');
    const name = opening?.childForFieldName('name')?.text;
    if (!opening || !closing || name === closing.childForFieldName('name')?.text) continue;
    const opened = `"<${name ?? ''}>" of line ${lineAt(text, opening.startIndex)}`;
    return problemAt(text, closing.startIndex, `"${closing.text}" does not close the ${opened}`);
  }
  return null;
}

/** Whether the parser by which Node strips types reads it. */
function nodeReads(text: string): boolean {
  // The first call warns that the function is experimental, which is no news for whoever reads the log.
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    stripTypeScriptTypes(text, { mode: 'transform' });
    return true;
  } catch {
    return false;
  } finally {
    process.emitWarning = emitWarning;
  }
}

/** What the grammars trip over, put in forms of the same length that they know: for the files that Node cannot read. */
function inKnownForms(text: string): string {
  return (
    text
      // `import("x").Y<Z>` as a type.
      .replace(/\bimport\((["'])[^"'\n]*\1\)/g, found => '_'.repeat(found.length))
      // `export * as ns`, `import defer * as ns`, `import source x`: phases of import.
      .replace(/^(\s*import )(?:defer|source)(?= +[*\w])(?! +from\b)/gm, (found, head) =>
        head.padEnd(found.length),
      )
      // Import attributes as they were first written.
      .replace(/(["'] *)assert(?= *\{)/g, '$1with  ')
      // `accessor` members, and variance of type parameters.
      .replace(/^(\s*(?:static +)?)accessor(?= +[#\w])/gm, (found, head) => head.padEnd(found.length))
      .replace(/([<,] *)in out(?= +[A-Z])/g, '$1      ')
  );
}
