/** The kinds of files that are checked. */
export type Language =
  | 'python'
  | 'javascript'
  | 'typescript'
  | 'tsx'
  | 'json'
  | 'json_with_comments'
  | 'yaml'
  | 'toml'
  | 'shell';

const byEnding: ReadonlyMap<string, Language> = new Map([
  ['py', 'python'],
  ['pyi', 'python'],
  ['js', 'javascript'],
  ['mjs', 'javascript'],
  ['cjs', 'javascript'],
  ['jsx', 'javascript'],
  ['ts', 'typescript'],
  ['mts', 'typescript'],
  ['cts', 'typescript'],
  ['tsx', 'tsx'],
  ['json', 'json'],
  ['jsonc', 'json_with_comments'],
  ['code-workspace', 'json_with_comments'],
  ['yaml', 'yaml'],
  ['yml', 'yaml'],
  ['toml', 'toml'],
  ['sh', 'shell'],
  ['bash', 'shell'],
]);

/** JSON files whose own programs read comments in them, whatever their ending says. */
const commentedJson =
  /(^|\/)([tj]sconfig[^/]*|tslint|\.(eslintrc|babelrc|swcrc|jshintrc|jscsrc)|babel\.config|deno|turbo|nx|api-extractor|devcontainer|\.devcontainer|language-configuration|renovate|\.renovaterc)\.json$|(^|\/)\.(vscode|devcontainer)\/[^/]+\.json$/i;

/** What kind of file this is; null when it is none that is checked. The text decides for names without ending. */
export function languageOf(path: string, text: string): Language | null {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  if (dot <= 0) return shebangLanguage(text);
  const language = byEnding.get(name.slice(dot + 1).toLowerCase()) ?? null;
  if (language === 'json' && commentedJson.test(path)) return 'json_with_comments';
  // zsh and fish name their files .sh too, and neither is the shell that is known here.
  if (language === 'shell' && text.startsWith('#!') && shebangLanguage(text) === null) return null;
  return language;
}

function shebangLanguage(text: string): Language | null {
  return /^#![^\n]*[/\s](ba|da)?sh(\s|$)/.test(text) ? 'shell' : null;
}
