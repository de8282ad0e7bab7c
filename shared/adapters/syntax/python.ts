import type { Tree } from 'web-tree-sitter';
import type { SyntaxProblem } from '../../ports/syntax.ts';
import { pythonLayout } from './python-layout.ts';
import { problemAt } from './source-text.ts';
import { parse } from './tree-sitter.ts';

/** Python 3: what the grammar finds and what the layout says, whichever comes first. */
export async function checkPython(text: string): Promise<SyntaxProblem | null> {
  const layout = pythonLayout(text);
  const grammar = await checkGrammar(text);
  if (layout === null || grammar === null) return layout ?? grammar;
  // On one line the layout knows better: it names the bracket or the string, not what came after it.
  return grammar.line < layout.line ? grammar : layout;
}

async function checkGrammar(text: string): Promise<SyntaxProblem | null> {
  const problem = await parse('tree-sitter-python.wasm', text, tree => pythonTwo(tree, text));
  if (problem === null) return null;
  const known = inKnownForms(text);
  return known === text || (await parse('tree-sitter-python.wasm', known)) !== null ? problem : null;
}

/** What the grammar trips over, put in forms that it knows. */
function inKnownForms(text: string): string {
  return (
    text
      // Defaults of type parameters, Python 3.13: `def f[T = int](x: T)`.
      .replace(/^([ \t]*(?:async +def|def|class|type) +\w+)(\[[^\n]*?\])(?= *[(:=])/gmu, (_, head, list) =>
        head.padEnd(head.length + list.length),
      )
      // An attribute on the next line, further to the left than its object.
      .replace(/^([^#\n]*\w\.[ \t]*)\n(?=[ \t]*\w)/gm, '$1 ')
      // Lazy imports, Python 3.15.
      .replace(/^([ \t]*)lazy (?=import |from )/gm, '$1pass;')
  );
}

/** `print "x"` and `exec "x"`, which the grammar takes; not `print -1` and the like, which Python 3 reads as sums. */
function pythonTwo(tree: Tree, text: string): SyntaxProblem | null {
  for (const node of tree.rootNode.descendantsOfType(['print_statement', 'exec_statement'])) {
    const match = /^(print|exec)[ \t]+(?!(?:in|is|if|and|or|not|for|else)\b)["'\p{L}\p{N}_]/u.exec(node.text);
    if (match !== null) {
      return problemAt(text, node.startIndex, `"${match[1]}" is a function: its arguments need parentheses`);
    }
  }
  return null;
}
