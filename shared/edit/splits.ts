import { type EditLines, isApplied } from './applied.ts';
import { keyOf, type Line, type LineList, stepLines } from './line-list.ts';

/**
 * The lines of an edit. Where the block held more than one divider line, it can be cut at any of them: the longest
 * SEARCH that the file has decides, and the first divider where none of the longer ones is there.
 */
export function editLines(
  list: LineList,
  texts: { readonly search: string; readonly replace: string; readonly repeatedDivider?: string },
): EditLines {
  const plain = { search: stepLines(texts.search), replace: stepLines(texts.replace) };
  const { repeatedDivider } = texts;
  if (repeatedDivider === undefined) return plain;
  const all = [...plain.search, repeatedDivider, ...plain.replace];
  // All cuts begin alike and end alike: how far the file follows is looked up once, not for each of them.
  const begins = [...list.withKey('exact', all[0] ?? '')].map(line => sharedBeginning(line, all));
  const longestEnd = sharedEnd(list, plain.replace);
  for (let at = plain.replace.length - 1; at >= 0; at -= 1) {
    if (plain.replace[at]?.trim() !== repeatedDivider.trim()) continue;
    const length = plain.search.length + 1 + at;
    const once = begins.filter(shared => shared >= length).length === 1;
    const rest = plain.replace.length - at - 1;
    if (!once && (rest === 0 || rest > longestEnd)) continue;
    const edit = { search: all.slice(0, length), replace: plain.replace.slice(at + 1) };
    if (once) return edit;
    // Done already: the text is there, and what the first divider would look for lies inside it.
    if (isApplied(list, edit) && isApplied(list, { search: plain.search, replace: edit.replace }))
      return edit;
  }
  return plain;
}

/** How many of the lines stand in the file from a line on. */
function sharedBeginning(from: Line, lines: readonly string[]): number {
  let count = 0;
  for (let line: Line | null = from; line !== null && line.text === lines[count]; line = line.after)
    count += 1;
  return count;
}

/** How many of the last lines stand in the file together at most, whatever their margins. */
function sharedEnd(list: LineList, lines: readonly string[]): number {
  const keys = lines.map(line => keyOf('trimmed', line)).reverse();
  let most = 0;
  for (const last of list.withKey('trimmed', keys[0] ?? '')) {
    let count = 0;
    for (let line: Line | null = last; line !== null; line = line.before) {
      if (count === keys.length || keyOf('trimmed', line.text) !== keys[count]) break;
      count += 1;
    }
    most = Math.max(most, count);
  }
  return most;
}
