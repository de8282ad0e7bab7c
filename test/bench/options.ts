import { parseArgs } from 'node:util';
import { cases } from './cases.ts';
import { contestantNames } from './contestant.ts';

export const help = `npm run bench -- [options]

Measures jr-executor beside pg-boss, graphile-worker, DBOS and a hand-written floor, on one embedded PostgreSQL.

  --jobs N          tasks in a run, about (default 5000)
  --rounds N        runs of each contestant in each case (default 5)
  --finished N      finished tasks in the case of that name (default 1000000)
  --case ID         only this case; may be given more than once: ${cases.map(({ id }) => id).join(', ')}
  --contestant NAME only this one; may be given more than once: ${contestantNames.join('; ')}
  --no-stack        leave out the way through the local stack
  --json            print the report as JSON instead of a table
  --write           write docs/performance.md and its chart, and the cost in docs/operations.md
  --help            this text
`;

export class OptionError extends Error {}

/** @throws {OptionError} with a sentence for the user */
export function readOptions(args: readonly string[]) {
  const { values } = parse(args);
  const count = (name: 'jobs' | 'rounds' | 'finished') => {
    const n = Number(values[name]);
    if (!Number.isSafeInteger(n) || n < 1) throw new OptionError(`--${name} takes a number from 1 on.`);
    return n;
  };
  return {
    help: values.help,
    json: values.json,
    write: values.write,
    stack: !values['no-stack'],
    jobs: count('jobs'),
    rounds: count('rounds'),
    finished: count('finished'),
    cases: chosen(
      'case',
      cases.map(({ id }) => id),
      values.case,
    ),
    contestants: chosen('contestant', contestantNames, values.contestant),
  };
}

function chosen<T extends string>(
  option: string,
  all: readonly T[],
  named: string[] | undefined,
): readonly T[] {
  const unknown = named?.find(name => !all.some(known => known === name));
  if (unknown !== undefined)
    throw new OptionError(`There is no ${option} ${JSON.stringify(unknown)}: there are ${all.join('; ')}.`);
  return named === undefined ? all : all.filter(name => named.includes(name));
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        jobs: { type: 'string', default: '5000' },
        rounds: { type: 'string', default: '5' },
        finished: { type: 'string', default: '1000000' },
        case: { type: 'string', multiple: true },
        contestant: { type: 'string', multiple: true },
        json: { type: 'boolean', default: false },
        write: { type: 'boolean', default: false },
        'no-stack': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}
