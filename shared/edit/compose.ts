import type { EditLines } from './applied.ts';
import { type Ending, LineList } from './line-list.ts';
import { swap } from './swap.ts';

/** An edit, with what later ones have made of the lines that it put there. */
interface Growing {
  readonly search: readonly string[];
  readonly replace: LineList;
}

/**
 * The edits that steps come to together: one that edits only lines which an earlier one has put there is part of that
 * one. So few as there are steps where none does. In the file such a step has left nothing of its own to be known by: it
 * took lines out again, or made them like others.
 */
export function composed(steps: readonly EditLines[], dominant: Exclude<Ending, ''>): EditLines[] {
  const edits: Growing[] = [];
  /** By a line without its margins, the edits that have put one like it there. */
  const makers = new Map<string, Set<Growing>>();
  for (const { search, replace } of steps) {
    const key = search.find(line => line.trim() !== '')?.trim() ?? '';
    const [maker, ...others] = makers.get(key) ?? [];
    let edit = maker;
    if (edit === undefined || others.length > 0 || !swap(edit.replace, search, replace, dominant)) {
      edit = { search, replace: new LineList(replace.map(line => `${line}\n`).join('')) };
      edits.push(edit);
    }
    for (const line of replace) {
      const known = makers.get(line.trim());
      if (known === undefined) makers.set(line.trim(), new Set([edit]));
      else known.add(edit);
    }
  }
  return edits.map(({ search, replace }) => ({ search, replace: replace.toArray().map(line => line.text) }));
}
