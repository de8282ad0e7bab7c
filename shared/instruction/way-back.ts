interface Change {
  readonly search: readonly string[];
  readonly replace: readonly string[];
}

/** The changes that a document asks for, by what would undo them. */
export class WaysBack {
  readonly #undoing = new Set<string>();

  add(path: string, { search, replace }: Change): void {
    this.#undoing.add(keyOf(path, { search: replace, replace: search }));
  }

  /** Whether a change puts back the very lines that one before has taken out, however much stands around them. */
  has(path: string, change: Change): boolean {
    return this.#undoing.has(keyOf(path, change));
  }
}

/** The file and the lines that a change takes out and puts in, without those that it only shows around them. */
function keyOf(path: string, { search, replace }: Change): string {
  const most = Math.min(search.length, replace.length);
  let before = 0;
  while (before < most && search[before] === replace[before]) before += 1;
  let behind = 0;
  while (behind < most - before && search.at(-1 - behind) === replace.at(-1 - behind)) behind += 1;
  const core = (lines: readonly string[]) => lines.slice(before, lines.length - behind).join('\n');
  return [path, core(search), core(replace)].join('\0');
}
