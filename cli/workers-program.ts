import type { Command } from 'commander';
import type { Run } from './dlq-program.ts';
import { refuseUnknownCommand } from './report-error.ts';
import { wholeNumber } from './whole-number.ts';

/** `jr workers` and what there is under it. */
export function addWorkersCommands(program: Command, run: Run): void {
  const workers = program
    .command('workers')
    .description('the Jrs: who is there, who has room, who fell silent (alone: jr workers list)')
    .addHelpText('after', help);

  workers
    .command('list', { isDefault: true })
    .description('every registered Jr with its load and how it is')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/list.ts')).list));

  workers
    .command('add')
    .description('register a Jr; it is asked at once whether it is there')
    .argument('<name>', 'its name, as tasks will say it')
    .option('--role <text>', 'what it is')
    .option('--specialty <list>', 'what it is good at, separated by commas', list)
    .option('--capacity <n>', 'how many tasks it runs at a time (default: 10)', wholeNumber)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/register.ts')).add));

  workers
    .command('set')
    .description('change what is given; the rest stays')
    .argument('<name>', 'a registered Jr')
    .option('--role <text>', 'what it is')
    .option('--specialty <list>', 'what it is good at, separated by commas; "" for nothing', list)
    .option('--capacity <n>', 'how many tasks it runs at a time', wholeNumber)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/register.ts')).set));

  workers
    .command('out')
    .description(
      'take a Jr out of service: it gets no tasks, its waiting ones go to others, what runs goes on',
    )
    .argument('<name>', 'a registered Jr')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/service.ts')).out));

  workers
    .command('in')
    .description('put a Jr back into service; it is asked at once whether it is there')
    .argument('<name>', 'a Jr that is out of service')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/service.ts')).back));

  workers
    .command('revive')
    .description(
      'try a Jr that fell silent at once, also one that is given up; exit code 1 if it does not answer',
    )
    .argument('<name>', 'a Jr that fell silent')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/workers/revive.ts')).revive));

  refuseUnknownCommand(workers);
}

const help = `
A Jr is asked every few minutes by a message through the queue; it is online while the answer comes back within
five minutes. A worker of your own that polls SQL counts as alive by its heartbeat:
  UPDATE jr_status SET last_seen = now(), is_online = true WHERE jr_name = '...';`;

function list(value: string): readonly string[] {
  return [...new Set(value.split(',').map(part => part.trim()))].filter(part => part !== '');
}
