import { Language, Parser, type Tree } from 'web-tree-sitter';
import type { SyntaxProblem } from '../../ports/syntax.ts';
import { type GrammarFile, readGrammar } from './grammars.ts';
import { lineAt, unexpected } from './source-text.ts';
import { unclosed } from './unclosed.ts';

/** Recovering from many errors can take long; what takes longer than this stays unchecked. */
const mostMs = 1000;

let started: Promise<void> | null = null;
const languages = new Map<GrammarFile, Promise<Language>>();

/** The language of a grammar file: tree-sitter starts with the first, and each is read once. */
async function load(grammar: GrammarFile): Promise<Language> {
  started ??= readGrammar('web-tree-sitter.wasm').then(wasmBinary => Parser.init({ wasmBinary }));
  await started;
  const known = languages.get(grammar);
  if (known !== undefined) return await known;
  const language = readGrammar(grammar).then(bytes => Language.load(bytes));
  languages.set(grammar, language);
  return await language;
}

/**
 * Parses a text.
 *
 * @param inspect looks for what the grammar lets pass, in the tree of a text without error
 * @returns the first place at which no reading of the text goes on; null when there is none, or time ran out
 */
export async function parse(
  grammar: GrammarFile,
  text: string,
  inspect: (tree: Tree) => SyntaxProblem | null = () => null,
): Promise<SyntaxProblem | null> {
  const language = await load(grammar);
  const parser = new Parser();
  try {
    parser.setLanguage(language);
    const tree = parser.parse(text, null, { progressCallback: withinTime() });
    if (tree === null) return null;
    try {
      return tree.rootNode.hasError ? firstError(parser, text, tree) : inspect(tree);
    } finally {
      tree.delete();
    }
  } finally {
    parser.delete();
  }
}

/** Answers true, which ends the parse, when its time is up. */
function withinTime(): () => boolean {
  const deadline = performance.now() + mostMs;
  return () => performance.now() > deadline;
}

/**
 * Where the error is. The nodes of the tree do not tell: they are wrapped around what recovery gave up, often from the
 * first line on. The parser's log does: `detect_error` for each reading that ends, and `resume` when none is left.
 */
function firstError(parser: Parser, text: string, tree: Tree): SyntaxProblem {
  let current = { row: 0, column: 0 };
  let furthest = { row: 0, column: 0 };
  let over = false;
  let atNewline = false;
  parser.reset();
  parser.setLogger((message, fromLexer) => {
    if (over || fromLexer) return;
    const place = /^process version:.* row:(\d+), col:(\d+)/.exec(message);
    // The log counts bytes of UTF-16.
    if (place !== null) current = { row: Number(place[1]), column: Number(place[2]) / 2 };
    else if (message.startsWith('detect_error')) {
      if (isBehind(current, furthest)) furthest = current;
      atNewline = message.endsWith('lookahead:_newline');
    } else if (message.startsWith('resume')) over = true;
  });
  parser.parse(text, null, { progressCallback: () => over })?.delete();
  parser.setLogger(null);
  const offset = offsetOf(text, furthest);
  const at = beyond(text, offset, atNewline ? /[^ \t]/ : /\S/);
  const problem = unexpected(text, at);
  const opened = at < text.length ? null : unclosed(tree);
  if (opened === null) return problem;
  const bracket = `the "${text.startsWith('$', opened) ? '${' : text[opened]}" of line ${lineAt(text, opened)}`;
  return { ...problem, message: `${problem.message}: ${bracket} is not closed` };
}

function isBehind(a: { row: number; column: number }, b: { row: number; column: number }): boolean {
  return a.row > b.row || (a.row === b.row && a.column > b.column);
}

function offsetOf(text: string, { row, column }: { row: number; column: number }): number {
  let start = 0;
  for (let line = 0; line < row; line += 1) start = text.indexOf('\n', start) + 1;
  return start + column;
}

/** The parser stands behind its last token; what it could not read begins after the blanks. */
function beyond(text: string, offset: number, token: RegExp): number {
  const next = token.exec(text.slice(offset));
  return next === null ? text.length : offset + next.index;
}
