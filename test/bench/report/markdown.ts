import type { Part } from '../ablation.ts';
import type { Estimate } from '../cost/estimate.ts';
import { spentRows } from '../cost/page.ts';
import type { EndToEnd } from '../stack/end-to-end.ts';
import { goalsOf } from './goals.ts';
import { reasonsOf } from './reasons.ts';
import type { CaseResult, Report } from './report.ts';
import { caseTable, markdownTable, wayOf } from './table.ts';

/** What is no product that somebody would take instead. */
const isOfOurs = (name: string) =>
  ['floor', 'floor on its tables', 'its ledger alone', 'from its backlog'].includes(name);

/** docs/performance.md. The chart lies beside it. */
export function markdown(report: Report, chartFile: string): string {
  const { machine, versions, cases, settings, parts, endToEnd, estimates } = report;
  const goals = goalsOf(report).map(({ figure, goal, measured, met }) => [
    figure,
    goal,
    measured ?? '-',
    met === null ? 'not measured' : met ? 'met' : 'missed',
  ]);
  const reasons = reasonsOf(report);
  const faster = cases.flatMap(({ case: which, figures }) => {
    const own = figures['jr-executor']?.rate.median ?? Number.POSITIVE_INFINITY;
    return Object.entries(figures)
      .filter(([name, { rate }]) => !isOfOurs(name) && rate.median > own)
      .map(([name, { rate }]) => `- ${which.title}: ${name}, ${(rate.median / own).toFixed(1)} times`);
  });
  return `# Performance

<!-- Written by "npm run bench -- --write". Change test/bench, not this page. -->

How fast jr-executor is beside what a team would take instead, and beside the floor: the fewest statements that any
executor with leases, fences and checkpoints needs. All of it ran on one embedded PostgreSQL with default durability
(fsync on), each run in a process of its own, with 16 threads for the disk as execute-task is deployed, on a database
of its own, in turns (A B C A B C, ${report.rounds} rounds).
Figures are medians. Only the ratios within a case mean anything elsewhere: absolute rates move by a factor of two with
the machine and its neighbours, counts of statements and bytes hardly do.

${new Date(report.date).toISOString().slice(0, 10)}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Linux ${machine.kernel}; ${Object.entries(
    versions,
  )
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.

![Tasks a second](${chartFile})

## The goals, and what was measured

${markdownTable(['figure', 'goal', 'measured', ''], goals)}

${reasons.length === 0 ? '' : `## Why a goal is missed\n\n${reasons.map(reason => `- ${reason}`).join('\n')}\n\n`}## Where others are faster

${faster.length === 0 ? 'In no case of this run.' : faster.join('\n')}

## The cases

Statements are round trips, counted in the PostgreSQL client. Statements and everything right of them are a task. "CPU"
is that of the contestant's process and of all of PostgreSQL's. The clock of a library whose workers have to be started
first begins with its first task. Before each run as many tasks again are run and not measured; then the tables are
vacuumed, and autovacuum does not come in between.
With each task comes its document, of 513 characters where three steps are done already, for all of them.

${cases.map(result => `### ${result.case.title}\n\n${tasksOf(result, report)} ${result.case.notes}\n\n${caseTable(result)}`).join('\n\n')}

${parts.length === 0 ? '' : partsSection(parts)}
${endToEnd === null ? '' : endToEndSection(endToEnd)}
${estimates.length === 0 ? '' : costSection(estimates)}
## The settings, and why

${Object.entries(settings)
  .map(([name, setting]) => `- **${name}**: ${setting}.`)
  .join('\n')}

To run it again: \`npm run bench\` (\`-- --help\` for its options), where nothing else works and where not many files were
removed in the last minutes: to make a file, ext4 without a journal first looks at all that were removed of late.
`;
}

function partsSection(parts: readonly Part[]): string {
  const rows = parts.map(({ part, keeps, microseconds }) => [part, keeps, microseconds.toFixed(0)]);
  return `## What the ledger's work consists of

CPU of process and server in microseconds a task, of tasks with 3 steps that are done already: a batch claimed and completed
over one connection, whole and with each part left out by itself, in turns. Parts lean on one another, so that all of them
together are not their sum; two runs agree to some five microseconds.

${markdownTable(['', 'why it is there', 'microseconds'], rows)}
`;
}

function endToEndSection(endToEnd: EndToEnd): string {
  return `## From the queue to completed

The local stack as \`jr up\` starts it: SQS, the deployed bundles in processes of their own and PostgreSQL, all on this
machine, two functions at a time. A task has 3 steps that are done already.

${wayOf(endToEnd)
  .map(sentence => `- ${sentence}`)
  .join('\n')}
`;
}

function costSection(estimates: readonly Estimate[]): string {
  const sections = estimates.map(({ work, dollars, scale }) => {
    const needs = scale.map(row => [
      row.tasksPerSecond.toLocaleString('en-US'),
      String(row.functions),
      String(row.connections),
      row.acus.toFixed(1),
      row.wal.toFixed(2),
      row.bottleneck ?? 'nothing is used to a tenth',
    ]);
    return `### ${work}

${markdownTable(['a million tasks', 'dollars', 'from'], spentRows(dollars))}

${markdownTable(['tasks a second', 'functions', 'connections', 'ACUs', 'MB of WAL a second', 'the most used, and what lifts it'], needs)}`;
  });
  return `## Cost and scale, on paper

Computed from what was counted above, with list prices of us-east-1 and the assumptions in
[test/bench/cost/prices.ts](../test/bench/cost/prices.ts): an estimate, never measured on AWS. CPU is taken as it is
on this machine. Storage and data transfer are left out; what a stage costs while nothing is to be done says
[operations.md](operations.md).

${sections.join('\n\n')}
`;
}

function tasksOf(result: CaseResult, { finishedTasks }: Report): string {
  const count = (tasks: number) => tasks.toLocaleString('en-US');
  const beside = result.case.finished ? `, with ${count(finishedTasks)} finished ones in the tables` : '';
  return `${count(result.tasks)} tasks a run${beside}.`;
}
