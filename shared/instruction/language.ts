/** Which fence languages fit which files. Groups are wide on purpose: a doubt is no contradiction. */
const groups: readonly (readonly [string, readonly string[]])[] = [
  ['py pyi wsgi', ['python', 'py', 'python3', 'py3']],
  [
    'js jsx mjs cjs ts tsx mts cts vue svelte astro',
    ['javascript', 'js', 'jsx', 'typescript', 'ts', 'tsx', 'react', 'vue', 'svelte', 'astro', 'html'],
  ],
  ['json jsonl json5 ipynb', ['json', 'jsonc', 'json5', 'jsonl', 'javascript']],
  ['yaml yml', ['yaml', 'yml']],
  ['toml', ['toml', 'ini']],
  [
    'ini cfg conf service timer socket mount env properties',
    [
      'ini',
      'conf',
      'cfg',
      'config',
      'systemd',
      'toml',
      'properties',
      'nginx',
      'apache',
      'bash',
      'sh',
      'env',
      'dotenv',
      'shell',
      'unit',
      'service',
    ],
  ],
  ['sh bash zsh fish', ['bash', 'sh', 'shell', 'zsh', 'fish']],
  ['sql', ['sql', 'postgresql', 'postgres', 'psql', 'plpgsql', 'mysql', 'sqlite']],
  ['md mdx markdown txt rst adoc', ['markdown', 'md', 'mdx', 'txt', 'rst', 'asciidoc']],
  [
    'html htm j2 jinja jinja2 tmpl template svg xml',
    ['html', 'htm', 'jinja', 'jinja2', 'django', 'xml', 'svg', 'handlebars', 'html+jinja'],
  ],
  ['css scss sass less', ['css', 'scss', 'sass', 'less']],
];

const byEnding = new Map<string, ReadonlySet<string>>();
for (const [endings, languages] of groups) {
  for (const ending of endings.split(' ')) byEnding.set(ending, new Set(languages));
}

const plain = new Set(['text', 'txt', 'plain', 'plaintext', 'code', 'file', 'none', 'diff']);
const commands = new Set([
  'bash',
  'sh',
  'shell',
  'zsh',
  'console',
  'terminal',
  'shell-session',
  'powershell',
  'ps1',
  'cmd',
  'bat',
  'fish',
  'shellscript',
]);
const queries = new Set(['sql', 'postgresql', 'postgres', 'psql', 'plpgsql', 'mysql', 'sqlite']);

/** `fits`: named for each other. `open`: nothing said or nothing known. `clash`: the fence is of another kind. */
export type Fit = 'fits' | 'open' | 'clash';

export function languageFit(language: string | null, path: string): Fit {
  if (language === null || plain.has(language)) return 'open';
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  const ending = name.slice(name.lastIndexOf('.') + 1);
  if (name.startsWith('dockerfile')) return language.startsWith('docker') ? 'fits' : 'open';
  const known = byEnding.get(ending);
  if (known === undefined) return language === ending ? 'fits' : 'open';
  if (known.has(language) || language === ending) return 'fits';
  const otherKnown = [...byEnding.values()].some(languages => languages.has(language));
  return otherKnown ? 'clash' : 'open';
}

export function isCommandLanguage(language: string | null): boolean {
  return language !== null && commands.has(language);
}

export function isQueryLanguage(language: string | null): boolean {
  return language !== null && queries.has(language);
}
