import { indentOf, isBlank, lineAt } from './lines.ts';
import { looksLikeFile } from './path-token.ts';

/** A line of three or more backticks or tildes, with or without an info string. */
export interface FenceLine {
  readonly char: '`' | '~';
  readonly width: number;
  readonly indent: number;
  /** What follows the ticks, trimmed; empty for a bare fence line. */
  readonly info: string;
}

const fenceForm = /^(`{3,}|~{3,})(.*)$/;

/** What fence line a line is, if it is one. */
export function fenceOf(line: string): FenceLine | null {
  const indent = indentOf(line);
  const first = line.charCodeAt(indent);
  if (first !== 96 && first !== 126) return null;
  const found = fenceForm.exec(line.slice(indent));
  const ticks = found?.[1];
  if (ticks === undefined) return null;
  const info = (found?.[2] ?? '').trim();
  const char = first === 96 ? '`' : '~';
  if (char === '`' && info.includes('`')) return null;
  return { char, width: ticks.length, indent, info };
}

/** First word of an info string, lower case, without decoration: `{.python}`, `python:x.py` and `Python` are one. */
export function languageOf(info: string): string | null {
  const word = /^[{.\s]*([A-Za-z0-9_+#-]+)/.exec(info)?.[1];
  return word === undefined ? null : word.toLowerCase();
}

/** The path in an info string: ```python:lib/x.py. With line numbers (```10:12:lib/x.py) it is a quotation. */
export function infoPath(info: string): string | null {
  const path =
    /^\{?[A-Za-z][\w+-]*\s*(?::|\s|\{)\s*(?:(?:title|file|filename|name|path)=)?["']?([^\s"'{}]+)["']?\s*\}?$/.exec(
      info,
    )?.[1];
  return path?.includes('/') && looksLikeFile(path) ? path : null;
}

const markdownNames = new Set(['markdown', 'md', 'mdx', 'mdown']);

export function isMarkdown(language: string | null): boolean {
  return language !== null && markdownNames.has(language);
}

/** Whether a fence holds Markdown, by its info string, or by the file that the line above a bare one names. */
function holdsMarkdown(lines: readonly string[], start: number, info: string): boolean {
  if (info !== '' && info !== 'text') return isMarkdown(languageOf(info));
  const above = isBlank(lineAt(lines, start - 1)) ? start - 2 : start - 1;
  const line = lineAt(lines, above);
  return line.length < 500 && /\w\.(?:md|mdx|markdown)\b/i.test(line);
}

/** Index of the line that closes the fence `opening` of line `start`, or -1 when the document ends first. */
export function closingLine(lines: readonly string[], start: number, opening: FenceLine): number {
  const markdown = holdsMarkdown(lines, start, opening.info);
  const open: number[] = [opening.width];
  for (let at = start + 1; at < lines.length; at += 1) {
    const fence = fenceOf(lineAt(lines, at));
    if (fence === null || fence.char !== opening.char || fence.width < opening.width) continue;
    if (fence.info !== '') {
      open.push(fence.width); // An inner fence with an info string nests.
      continue;
    }
    if (markdown && open.length === 1 && fence.width === opening.width && opensBare(lines, at)) {
      open.push(fence.width);
      continue;
    }
    if (fence.width >= (open.at(-1) ?? 0)) open.pop();
    if (open.length === 0) return at;
  }
  return -1;
}

/**
 * Whether a bare fence line inside a Markdown fence opens an inner one. Text follows an opening line at once
 * and its closing line is followed by none; for the line that closes the outer fence it is the other way round.
 */
function opensBare(lines: readonly string[], at: number): boolean {
  if (!runsOn(lines, at + 1)) return false;
  const horizon = Math.min(lines.length, at + 200);
  for (let next = at + 1; next < horizon; next += 1) {
    const fence = fenceOf(lineAt(lines, next));
    if (fence === null) continue;
    if (fence.info !== '' || runsOn(lines, next + 1)) return false;
    return closesLater(lines, next + 1);
  }
  return false;
}

/** True when the line is there and is neither blank, a heading, a rule nor a fence. */
function runsOn(lines: readonly string[], at: number): boolean {
  const line = lines[at];
  return line !== undefined && !isBlank(line) && !/^\s*(#{1,6}\s|---|===|```|~~~)/.test(line);
}

/** True when a bare fence line that could close the outer fence comes before any other opening. */
function closesLater(lines: readonly string[], from: number): boolean {
  const horizon = Math.min(lines.length, from + 2000);
  for (let at = from; at < horizon; at += 1) {
    const fence = fenceOf(lineAt(lines, at));
    if (fence !== null) return true;
  }
  return false;
}
