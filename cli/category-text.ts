import type { Category } from '../shared/domain/category.ts';
import type { SampledEntry } from '../shared/ports/drain-view.ts';
import { minute } from './moment.ts';
import { table } from './paint.ts';
import { shorten } from './terminal-cells.ts';

/** Categories as a table, and what to do about each. */
export function categoryLines(categories: readonly Category[]): string[] {
  const advice = categories.map(each => `${each.category}: ${each.suggested_action}`);
  return [...categoryTable(categories), '', ...advice];
}

/** Without what to do about them, which may have changed since. */
export function categoryTable(categories: readonly Category[]): string[] {
  return table(
    [
      { title: 'category' },
      { title: 'class' },
      { title: 'entries', align: 'right' },
      { title: 'first seen' },
      { title: 'last seen' },
      { title: 'most in', spare: true },
      { title: 'Jr', spare: true },
    ],
    categories.map(each => [
      each.category,
      each.error_class ?? '-',
      String(each.count),
      minute(each.first_seen),
      minute(each.last_seen),
      each.target_files[0]?.value ?? '-',
      each.jrs[0]?.value ?? '-',
    ]),
  );
}

/** Some of the entries that were asked for, to see what they are. */
export function sampleLines(entries: readonly SampledEntry[]): string[] {
  return table(
    [
      { title: 'entry', align: 'right' },
      { title: 'task', align: 'right' },
      { title: 'since' },
      { title: 'error' },
      { title: 'file', cut: true, spare: true },
      { title: 'title', cut: true },
      { title: '', cut: true, spare: true },
    ],
    entries.map(entry => [
      String(entry.id),
      String(entry.original_task_id),
      minute(entry.created_at),
      entry.error_code ?? '-',
      entry.target_file ?? '-',
      shorten(entry.title, 30),
      shorten(entry.failure_reason, 60),
    ]),
  );
}
