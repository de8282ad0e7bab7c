import { type EditLines, isApplied } from './applied.ts';
import { type LineList, stepLines } from './line-list.ts';
import { placesOf } from './locate.ts';

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
  for (let at = plain.replace.length - 1; at >= 0; at -= 1) {
    if (plain.replace[at]?.trim() !== repeatedDivider.trim()) continue;
    const search = [...plain.search, repeatedDivider, ...plain.replace.slice(0, at)];
    const edit = { search, replace: plain.replace.slice(at + 1) };
    if (placesOf(list, search, 'exact').length === 1) return edit;
    // Done already: the text is there, and what the first divider would look for lies inside it.
    if (isApplied(list, edit) && isApplied(list, { search: plain.search, replace: edit.replace }))
      return edit;
  }
  return plain;
}
