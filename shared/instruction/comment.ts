import type { Part } from './parts.ts';

/**
 * Says of each part whether it stands inside an HTML comment: what somebody took out of a document by comment marks is
 * not meant. A comment begins on a line that begins with its mark and needs its end: one that is never closed is text,
 * or the rest of the document would be silenced by a slip.
 */
export function markCommented(parts: readonly Part[]): { part: Part; commented: boolean }[] {
  const lastEnd = parts.findLastIndex(part => part.kind === 'text' && part.text.includes('-->'));
  let inside = false;
  return parts.map((part, at) => {
    if (part.kind !== 'text') return { part, commented: inside };
    const opened = !inside && at < lastEnd && /^\s*<!--/.test(part.text) && !part.text.includes('-->');
    const commented = inside || opened;
    if (opened) inside = true;
    else if (inside && part.text.includes('-->')) inside = false;
    return { part, commented };
  });
}
