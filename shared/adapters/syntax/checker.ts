import type { SyntaxChecker, SyntaxProblem } from '../../ports/syntax.ts';
import { type Language, languageOf } from './language.ts';
import { sourceText } from './source-text.ts';

export interface SyntaxCheckerOptions {
  /**
   * Hears of a checker that broke, once a file. The file then counts as unchecked: a fault of ours must not keep
   * anybody's work from being done.
   */
  readonly onFault: (path: string, error: unknown) => void;
}

/** Larger files are not checked: they are data or made by programs, and would take longer than the edit itself. */
const mostBytes = 512 * 1024;

/** Checks syntax by the ending of a file's name. Parsers are loaded with the first file that needs them. */
export function syntaxChecker({ onFault }: SyntaxCheckerOptions): SyntaxChecker {
  return {
    async check(path, bytes) {
      if (bytes.length > mostBytes) return null;
      const text = sourceText(bytes);
      const language = text === null ? null : languageOf(path, text);
      if (text === null || language === null) return null;
      try {
        return await checkText(language, text);
      } catch (error) {
        onFault(path, error);
        return null;
      }
    },
  };
}

async function checkText(language: Language, text: string): Promise<SyntaxProblem | null> {
  switch (language) {
    case 'python':
      return await (await import('./python.ts')).checkPython(text);
    case 'javascript':
    case 'typescript':
    case 'tsx':
      return await (await import('./ecmascript.ts')).checkEcmaScript(text, language);
    case 'json':
    case 'json_with_comments':
      return (await import('./json.ts')).checkJson(text, language === 'json_with_comments');
    case 'yaml':
      return (await import('./yaml.ts')).checkYaml(text);
    case 'toml':
      return (await import('./toml.ts')).checkToml(text);
    case 'shell':
      return (await import('./shell-blocks.ts')).shellBlocks(text);
  }
}
