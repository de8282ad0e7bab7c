import { isMarkdown } from './fence.ts';
import { isShownSection, labelOf } from './label.ts';
import { isCommandLanguage, isQueryLanguage } from './language.ts';
import { markerOf } from './marker.ts';
import type { FencePart } from './parts.ts';

/** "SEARCH:", "**Current** (line 67):": what stands below is what an edit would replace. */
const oldLines = /^[\W_]*(?:search|find|old|before|current)\b/i;

/** Why a fence is only read: a sentence for the author, with what would have made it a step. */
export function notExecutedReason(part: FencePart, intro: string | null, title: string): string {
  if (part.quoted) return 'Quoted text is shown, not executed.';
  const label = intro === null ? 'prose' : labelOf(intro);
  if (label === 'shown' && oldLines.test(intro ?? '')) {
    return 'It shows the old lines of an edit and is not executed. Write them and the new ones as one block: <<<<<<< SEARCH, old lines, =======, new lines, >>>>>>> REPLACE.';
  }
  if (isCommandLanguage(part.language)) return 'Commands are never run: this fence is only read.';
  if (isQueryLanguage(part.language)) return 'SQL is never run: this fence is only read.';
  if (label === 'shown' || isShownSection(title)) {
    return 'It shows, checks or explains something and is not executed. For a file, write Create `path` right above the fence.';
  }
  if (isMarkdown(part.language) && part.body.some(line => markerOf(line)?.kind === 'search')) {
    return 'A Markdown fence is shown and not executed. If the blocks in it are meant, take its first and its last line away, so that they stand in the document itself.';
  }
  return 'No path header stands above this fence in its section, so it is not executed. For a file, write Create `path` above it; for an edit, File: `path` and a SEARCH/REPLACE block.';
}
