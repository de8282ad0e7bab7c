import { parseAllDocuments } from 'yaml';
import type { SyntaxProblem } from '../../ports/syntax.ts';
import { problemAt } from './source-text.ts';

/**
 * Places that Jinja, Helm and the like fill in; a quoted one is plain YAML, but then its neighbours seldom are. And
 * directives, which some loaders take where others do not.
 */
const unjudged = /\{\{|\{%|^%/m;

/** What the library calls an error and the loaders in use let pass. */
const tolerated: ReadonlySet<string> = new Set(['DUPLICATE_KEY', 'TAG_RESOLVE_FAILED', 'BAD_DIRECTIVE']);

/** YAML, all documents of the file. Values are not looked at: tags may be anybody's. */
export function checkYaml(text: string): SyntaxProblem | null {
  if (unjudged.test(text)) return null;
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  for (const { errors } of documents) {
    const error = errors.find(({ code }) => !tolerated.has(code));
    if (error !== undefined) return problemAt(text, error.pos[0], clause(error.message));
  }
  return null;
}

/** The library's sentence, as part of one. */
function clause(message: string): string {
  const [first = ''] = message.split('\n');
  return first.replace(/[.:]$/, '').replace(/^[A-Z](?=[a-z ])/, letter => letter.toLowerCase());
}
