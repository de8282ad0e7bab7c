import { parse, TomlError } from 'smol-toml';
import type { SyntaxProblem } from '../../ports/syntax.ts';

export function checkToml(text: string): SyntaxProblem | null {
  try {
    parse(text);
    return null;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [first = ''] = error.message.replace(/^Invalid TOML document: /, '').split('\n');
    return { line: error.line, column: error.column, message: first };
  }
}
