import { isShownSection, labelOf } from './label.ts';
import { isCommandLanguage, isQueryLanguage } from './language.ts';
import type { FencePart } from './scan.ts';

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
  return 'No path header stands above this fence in its section, so it is not executed. For a file, write Create `path` above it; for an edit, File: `path` and a SEARCH/REPLACE block.';
}
