import { goalsOf } from './goals.ts';
import type { Report } from './report.ts';
import { caseTable, markdownTable } from './table.ts';

/** docs/performance.md. The chart lies beside it. */
export function markdown(report: Report, chartFile: string): string {
  const { machine, versions, cases, settings } = report;
  const goals = goalsOf(cases).map(({ figure, goal, measured, met }) => [
    figure,
    goal,
    measured ?? '-',
    met === null ? 'not measured' : met ? 'met' : 'missed',
  ]);
  const faster = cases.flatMap(({ case: which, figures }) => {
    const own = figures['jr-executor']?.rate.median ?? Number.POSITIVE_INFINITY;
    return Object.entries(figures)
      .filter(([name, { rate }]) => name !== 'floor' && rate.median > own)
      .map(([name, { rate }]) => `- ${which.title}: ${name}, ${(rate.median / own).toFixed(1)} times`);
  });
  return `# Performance

<!-- Written by "npm run bench -- --write". Change test/bench, not this page. -->

How fast jr-executor is beside what a team would take instead, and beside the floor: the fewest statements that any
executor with leases, fences and checkpoints needs. All of it ran on one embedded PostgreSQL with default durability
(fsync on), each run in a process of its own on a database of its own, in turns (A B C A B C, ${report.rounds} rounds).
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

## Where others are faster

${faster.length === 0 ? 'In no case of this run.' : faster.join('\n')}

## The cases

Statements are round trips, counted in the PostgreSQL client. Statements and everything right of them are a task. "CPU"
is that of the contestant's process and of all of PostgreSQL's. The clock of a library whose workers have to be started
first begins with its first task.

${cases.map(result => `### ${result.case.title}\n\n${result.tasks.toLocaleString('en-US')} tasks a run. ${result.case.notes}\n\n${caseTable(result)}`).join('\n\n')}

## The settings, and why

${Object.entries(settings)
  .map(([name, setting]) => `- **${name}**: ${setting}.`)
  .join('\n')}

To run it again: \`npm run bench\` (\`-- --help\` for its options).
`;
}
