import type { ErrorClass } from './failure.ts';

/** Open entries that have this in common, as the ledger counts them. */
export interface CategoryCount {
  /** Null for an entry that says nothing of its cause. */
  readonly error_code: string | null;
  readonly error_class: ErrorClass | null;
  readonly count: number;
  /** Put back so often that no drain takes them. */
  readonly at_cap: number;
  /** ISO 8601. */
  readonly first_seen: string;
  readonly last_seen: string;
  /** The entry of the latest. */
  readonly example_entry: number;
  readonly example_task: number;
  readonly example_reason: string;
  /** The most frequent, with their counts. */
  readonly target_files: readonly Share[];
  readonly jrs: readonly Share[];
}

/** How many of a category are about one file, or one Jr; null for none. */
export interface Share {
  readonly value: string | null;
  readonly count: number;
}

/** A category for the person who decides. */
export interface Category extends CategoryCount {
  /** The error code, or UNKNOWN: what filters name it by. */
  readonly category: string;
  /** Whether a drain retries it without being told to. */
  readonly retried_by_drain: boolean;
  readonly suggested_action: string;
}

/** The code that stands for none. */
export const unknownCategory = 'UNKNOWN';

/** Counts as categories, the largest first, each with what to do about it. */
export function categoriesOf(counts: readonly CategoryCount[]): Category[] {
  return counts
    .map(count => ({
      ...count,
      category: count.error_code ?? unknownCategory,
      retried_by_drain: count.error_class === 'transient' && count.at_cap < count.count,
      suggested_action: suggestion(count),
    }))
    .sort((a, b) => b.count - a.count || a.category.localeCompare(b.category));
}

function suggestion(count: CategoryCount): string {
  const { example_entry: entry, example_task: task } = count;
  switch (count.error_class) {
    case 'transient':
      return count.at_cap === count.count
        ? `Put back too often already: find the cause, then npx jr dlq replay ${entry} --reason "why"`
        : 'A drain retries it: what it needed was briefly away (npx jr drain --reason "why").';
    case 'approval':
      // Some of these wait for the votes of the Council.
      if (count.error_code === 'APPROVAL_REQUIRED') {
        return `Somebody decides about each: npx jr dlq show ${entry} says who, and how.`;
      }
      return `Let each through or not: npx jr dlq show ${entry}, then npx jr approve ${task} --reason "why"`;
    case 'poison':
      return `It kills its process: read the log of its attempts (npx jr dlq show ${entry}). Mended: npx jr drain --category ${count.error_code ?? unknownCategory} --reason "why"`;
    case 'permanent':
      return count.error_code === 'LIMIT_EXCEEDED'
        ? `Split the document, or raise the limit: npx jr dlq replay ${entry} --limit steps=N --reason "why"`
        : `Mend the document: npx jr dlq replay ${entry} --instruction FILE --reason "why". Or mend the workspace: npx jr drain --category ${count.error_code ?? unknownCategory} --reason "why" retries those whose plan holds then.`;
    case null:
      return `Look at it: npx jr dlq show ${entry}`;
  }
}
