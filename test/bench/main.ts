// `npm run bench`: jr-executor beside what a user would take instead, and beside the floor, on one PostgreSQL.
import { writeFile } from 'node:fs/promises';
import { compare } from './compare.ts';
import { withFigures } from './cost/counted.ts';
import { writeCost } from './cost/write-cost.ts';
import { installPeers } from './install.ts';
import { help, OptionError, readOptions } from './options.ts';
import { chart } from './report/chart.ts';
import { goalsOf } from './report/goals.ts';
import { markdown } from './report/markdown.ts';
import { terminalTable } from './report/table.ts';

const docs = new URL('../../docs/', import.meta.url);

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    console.log(help);
  } else {
    installPeers(say);
    const report = await compare(options, say);
    if (options.write) {
      await writeFile(new URL('performance.svg', docs), chart(report.cases));
      await writeFile(new URL('performance.md', docs), markdown(report, 'performance.svg'));
      await writeCost(withFigures(report));
    }
    const goals = goalsOf(report);
    if (options.json) console.log(JSON.stringify({ ...report, goals }, null, 2));
    else {
      console.log(terminalTable(report));
      for (const { figure, goal, measured, met } of goals)
        if (met !== null) console.log(`${met ? 'met   ' : 'missed'}  ${figure}: ${measured} (${goal})`);
    }
  }
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  console.error(`${error.message}\n\n${help}`);
  process.exitCode = 2;
}

/** Progress goes beside the report. */
function say(line: string): void {
  console.error(line);
}
