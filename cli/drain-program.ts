import { type Command, InvalidArgumentError } from 'commander';
import type { Run } from './dlq-program.ts';
import { refuseUnknownCommand } from './report-error.ts';

/** `jr drain` and what there is under it. */
export function addDrainCommands(program: Command, run: Run): void {
  const drain = program
    .command('drain')
    .description(
      'the runbook of the dead letter queue: retries what was transient in guarded batches (alone: jr drain start)',
    )
    .addHelpText('after', help);

  filtered(drain.command('start', { isDefault: true }))
    .description(
      'begin a drain, or follow the one that is under way, until it ends; Ctrl-C stops it after its batch',
    )
    .option('--reason <text>', 'why it will succeed now; it is recorded')
    .option('--by <name>', 'who drains (default: your user name)')
    .option('--pause-claims', 'pause claims while it looks around')
    .option('--without-export', 'go ahead above 10,000 entries without an export')
    .option('--dry-run', 'what would be retried, with plans against the files of today; changes nothing')
    .option('--watch <run>', 'follow a run that was begun elsewhere', id)
    .option('--json', 'print JSON at the end')
    .action(run(async () => (await import('./commands/drain/start.ts')).start));

  drain
    .command('status')
    .description('where things stand, with the latest run or another one')
    .argument('[run]', 'a run id', id)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/look.ts')).status));

  filtered(drain.command('inspect'))
    .description('a sample of what is open, from the oldest to the youngest')
    .option('--sample <n>', 'how many, 10 to 50', sample, 20)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/look.ts')).inspect));

  filtered(drain.command('categorize'))
    .description('what is open by cause, each with what to do')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/look.ts')).categorize));

  drain
    .command('stop')
    .description('stop a drain after its batch')
    .argument('[run]', 'a run id (default: the one that is under way)', id)
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who stops it (default: your user name)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/stop.ts')).stop));

  drain
    .command('resume')
    .description('let a stopped drain go on, a canary first, and follow it')
    .argument('<run>', 'a run id', id)
    .requiredOption('--reason <text>', 'what is different now; it is recorded')
    .option('--by <name>', 'who resumes it (default: your user name)')
    .option('--json', 'print JSON at the end')
    .action(run(async () => (await import('./commands/drain/start.ts')).resume));

  drain
    .command('verify')
    .description('run the golden tasks of the workspace on scratch files and compare them, byte for byte')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/look.ts')).verify));

  drain
    .command('export')
    .description(
      'write everything that is open into a file of the workspace, with a checksum, and follow it to its end',
    )
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who exports (default: your user name)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/drain/start.ts')).exportOpen));

  refuseUnknownCommand(drain);
}

const help = `
Alone it is jr drain start, with its options (jr drain start --help):
  $ npx jr drain --dry-run                               what would be retried, and what would come of it
  $ npx jr drain --reason "the network is back"          do it, and follow it to its end
By itself it takes only what was transient. What is permanent, or killed its process, it takes when you name it with
--category or --id; and what is permanent only where its plan holds today. docs/runbooks/dlq-drain.md tells the rest.`;

/** The options that narrow which entries are meant. */
function filtered(command: Command): Command {
  return command
    .option('--category <code...>', 'error codes, as "jr drain categorize" shows them')
    .option('--id <entry...>', 'entry ids', ids)
    .option('--older-than <age>', 'failed at least so long ago: 30m, 2h or 3d', age)
    .option('--newer-than <age>', 'failed at most so long ago', age)
    .option('--jr <name>', 'tasks of this Jr');
}

function id(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('It has to be a whole number.');
  return Number(value);
}

function ids(value: string, before: number[] = []): number[] {
  return [...before, ...value.split(',').map(id)];
}

function sample(value: string): number {
  const n = id(value);
  if (n < 10 || n > 50) throw new InvalidArgumentError('It has to be a whole number from 10 to 50.');
  return n;
}

const minutesOf: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** In minutes. */
function age(value: string): number {
  const [, n, unit = ''] = /^(\d{1,6})([mhd])$/.exec(value) ?? [];
  const minutes = minutesOf[unit];
  if (n === undefined || minutes === undefined) {
    throw new InvalidArgumentError('It has to be a number of minutes, hours or days, such as 30m, 2h or 3d.');
  }
  return Number(n) * minutes;
}
