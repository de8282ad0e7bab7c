import { contestantNames } from '../contestant.ts';
import type { EndToEnd } from '../stack/end-to-end.ts';
import type { CaseResult, Report } from './report.ts';

/** The columns of the report, the same on the terminal and in Markdown. */
const columns = [
  '',
  'tasks/s',
  'min to max',
  'of floor',
  'statements',
  'transactions',
  'WAL bytes',
  'CPU ms, own',
  'CPU ms, server',
];

/** One row a contestant; statements and everything right of them are a task. */
function rowsOf({ figures }: CaseResult): string[][] {
  const floor = figures.floor?.rate.median;
  return contestantNames.flatMap(name => {
    const found = figures[name];
    if (found === undefined) return [];
    const { rate } = found;
    return [
      [
        name,
        whole(rate.median),
        `${whole(rate.min)} to ${whole(rate.max)}`,
        floor === undefined ? '' : (rate.median / floor).toFixed(2),
        found.statements.toFixed(2),
        found.transactions.toFixed(2),
        whole(found.walBytes),
        found.clientMs.toFixed(2),
        found.serverMs === null ? '-' : found.serverMs.toFixed(2),
      ],
    ];
  });
}

export function terminalTable({ cases, endToEnd }: Report): string {
  const sections = cases.map(result => ({ title: result.case.title, rows: rowsOf(result) }));
  const all = [columns, ...sections.flatMap(({ rows }) => rows)];
  const widths = columns.map((_, at) => Math.max(...all.map(row => row[at]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ');
  const lines = [line(columns), ...sections.flatMap(({ title, rows }) => ['', title, ...rows.map(line)])];
  if (endToEnd !== null)
    lines.push('', 'SQS message to completed, through the local stack', ...wayOf(endToEnd));
  return lines.join('\n');
}

/** Sentences on the way through the stack. */
export function wayOf({ latency, parts, burst }: EndToEnd): string[] {
  return [
    `One task at a time: p50 ${latency.p50} ms, p99 ${latency.p99} ms (${latency.tasks} tasks).`,
    `Of it, medians: ${parts.map(({ part, ms }) => `${part} ${Math.round(ms)} ms`).join('; ')}.`,
    `A burst of ${whole(burst.tasks)}: ${whole(burst.perSecond)} tasks a second, ${burst.batch.toFixed(1)} in an invocation, which takes ${Math.round(burst.batchMs)} ms from claim to end.`,
  ];
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rule = header.map((_, at) => (at === 0 ? '---' : '---:'));
  return [line(header), line(rule), ...rows.map(line)].join('\n');
}

export function caseTable(result: CaseResult): string {
  return markdownTable(columns, rowsOf(result));
}

function whole(n: number): string {
  return Math.round(n).toLocaleString('en-US');
}
