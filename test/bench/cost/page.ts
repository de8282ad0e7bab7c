import { readFileSync } from 'node:fs';
import { markdownTable } from '../report/table.ts';
import type { Counted } from './counted.ts';
import { estimate, type Spent } from './estimate.ts';
import { idleMonth } from './month.ts';

const begin = '<!-- cost: written by "npm run bench:cost", from test/bench/cost -->';
const end = '<!-- end of cost -->';

/** A page with the cost put between its marks. */
export function withSection(page: string, section: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`The page lacks ${begin} and ${end}.`);
  return `${before}${begin}\n\n${section}\n\n${end}${after}`;
}

/** What docs/operations.md says of the cost: a function of what was counted and of the prices. */
export function costSection({ calls, figures }: Counted): string {
  const { intake } = figures;
  const million = estimate({ work: 'files', figures: figures.files, intake, calls: calls.batches.files });
  const least = estimate({ work: 'steps', figures: figures.steps, intake, calls: calls.batches.steps });
  const needs = million.scale.map(({ tasksPerSecond, functions, connections, acus, bottleneck }) => [
    tasksPerSecond.toLocaleString('en-US'),
    String(functions),
    String(connections),
    acus.toFixed(1),
    bottleneck ?? 'nothing is used to a tenth',
  ]);
  return `**A million tasks**, each handed in by a message of its own and writing three files (such as find their three files
as they should be cost ${dollars(total(least.dollars))}):

${markdownTable(['on', 'dollars', 'a task'], spentRows(million.dollars))}

What they need at a rate:

${markdownTable(['tasks a second', 'functions', 'connections', 'ACUs', 'the most used, and what lifts it'], needs)}

**A month in which nothing happens**:

${markdownTable(['on', 'dollars', 'counted'], spentRows(idleMonth(calls, ownMetrics())))}`;
}

/** The rows of a table, with their sum. */
export function spentRows(spent: readonly Spent[]): string[][] {
  return [
    ...spent.map(part => [part.on, dollars(part.dollars), part.from]),
    ['together', dollars(total(spent)), ''],
  ];
}

const total = (spent: readonly Spent[]) => spent.reduce((sum, part) => sum + part.dollars, 0);
const dollars = (n: number) => `$${n.toFixed(2)}`;

/** Those that docs/observability.md names, which a test holds against the code. */
function ownMetrics(): number {
  const page = readFileSync(new URL('../../../docs/observability.md', import.meta.url), 'utf8');
  const table = page.split('\n').filter(line => line.startsWith('| '));
  return new Set(table.join('\n').match(/`[A-Z]\w+`/g)).size;
}
