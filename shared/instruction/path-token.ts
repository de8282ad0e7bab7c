/** Recognising that a piece of text is a path, from its form alone. */

const endings = new Set(
  `py pyi js jsx ts tsx mjs cjs mts cts json jsonl ndjson json5 yaml yml toml ini cfg conf config sh bash zsh fish sql md mdx
  markdown txt html htm css scss sass less svelte vue astro go rs java kt kts c h cc cpp hpp cs rb php pl lua r jl swift m scala ex exs
  service timer socket mount path slice xml csv tsv lock plist tf tfvars hcl proto graphql gql ipynb j2 jinja jinja2 template tmpl tpl
  example sample rules cron crontab caddyfile dockerfile gitignore dockerignore editorconfig patch diff svg properties gradle bat ps1 awk
  prom rst adoc tex bak env log nix cmake mk dart zig erl clj vim el xsl wsgi pth in out`.split(/\s+/),
);
const names =
  /^(?:Makefile|Dockerfile|Containerfile|Caddyfile|Procfile|Jenkinsfile|Vagrantfile|Gemfile|Rakefile|LICENSE|README|CHANGELOG|CODEOWNERS|crontab|justfile)$/;

/** A path without what authors write behind it: `:120`, `:10-20`, `#L5`, punctuation. */
export function trimPath(text: string): string {
  const path = text.trim();
  if (/^[\w./~-]*\w$/.test(path)) return path;
  return path
    .replace(/^["'(<]+(?=[\w./~])/, '')
    .replace(/(?::(?:L(?:ine)?\s*)?~?\d+(?:\s*[-–]\s*\d+)?|#L\d+(?:-L?\d+)?)$/i, '')
    .replace(/[,;:!?"'>]+$/, '')
    .replace(/(?<=\w)\.$/, '');
}

/** Whether text may be a path at all: no spaces, no characters of code, at least one letter or digit. */
export function plausiblePath(text: string): boolean {
  if (text === '' || text.length > 1100 || !/[A-Za-z0-9]/.test(text)) return false;
  if (/[\s<>|"'`{}=;,*?&^%!#]/.test(text)) return false;
  if (/[()]/.test(text) && !/(^|\/)\([\w-]+\)(\/|$)/.test(text)) return false;
  return !text.endsWith('()');
}

/** Whether text has the look of a file's path: a known ending or name, or folders with an ending. */
export function looksLikeFile(text: string): boolean {
  if (!plausiblePath(text)) return false;
  const last = text.slice(text.lastIndexOf('/') + 1);
  if (last === '' || last === '.' || last === '..') return false;
  if (names.test(last)) return true;
  if (/^\.[A-Za-z][\w.-]*$/.test(last))
    return (
      text.includes('/') ||
      /^\.(env|gitignore|dockerignore|editorconfig|npmrc|eslintrc|prettierrc|bashrc)/.test(last)
    );
  const dot = last.lastIndexOf('.');
  if (dot <= 0) return false;
  const ending = last.slice(dot + 1).toLowerCase();
  if (endings.has(ending)) return true;
  return text.includes('/') && /^[a-z][a-z0-9_-]{0,11}$/.test(ending);
}

/** Whether text has the look of a path, of a file without an ending too: it has folders and begins like a path. */
export function looksLikePath(text: string): boolean {
  if (looksLikeFile(text)) return true;
  return (
    plausiblePath(text) && !text.endsWith('/') && /^(\/|\.{1,2}\/|~\/)?[\w@.-]+(\/[\w@.()[\]-]+)+$/.test(text)
  );
}

/** A piece of a line between ticks. */
export interface Ticked {
  readonly text: string;
  /** Where the opening tick stands and where the text after the closing tick begins. */
  readonly from: number;
  readonly to: number;
}

/** Every piece between single ticks of a line. */
export function tickedPieces(line: string): Ticked[] {
  const pieces: Ticked[] = [];
  let from = line.indexOf('`');
  while (from >= 0) {
    const close = line.indexOf('`', from + 1);
    if (close < 0) break;
    pieces.push({ text: line.slice(from + 1, close), from, to: close + 1 });
    from = line.indexOf('`', close + 1);
  }
  return pieces;
}
