import { type Command, InvalidArgumentError, Option } from 'commander';
import { refuseUnknownCommand } from './report-error.ts';
import { wholeNumber } from './whole-number.ts';

/** What every command answers: the exit code. */
export type Action = (...args: never[]) => Promise<number>;

/** Turns a command's code, loaded when it is called, into what commander calls. */
export type Run = <A extends Action>(load: () => Promise<A>) => (...args: Parameters<A>) => Promise<void>;

/** `jr dlq` and what there is under it. */
export function addDlqCommands(program: Command, run: Run): void {
  const dlq = program
    .command('dlq')
    .description('failed tasks that wait for a retry or a person (alone: jr dlq list)')
    .addHelpText('after', help);

  dlq
    .command('list', { isDefault: true })
    .description('the entries, the newest first, and how many there are')
    .option('--level <n>', '0 or 1 (retried by itself), 2 (TPM) or 3 (Council)', level)
    .addOption(
      new Option('--status <status>', 'what became of them')
        .choices(['open', 'unresolved', 'retrying', 'resolved', 'abandoned', 'all'])
        .default('open'),
    )
    .option('--limit <n>', 'how many at most', wholeNumber, 20)
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/dlq/list.ts')).list));

  dlq
    .command('show')
    .description('one entry with its task, every attempt, its steps, what is wrong, and the votes')
    .argument('<id>', 'an entry id')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/dlq/show.ts')).show));

  dlq
    .command('replay')
    .description('run the task again: it goes back to the queue, its entry is resolved')
    .argument('<id>', 'an entry id')
    .option('--reason <text>', 'why it will succeed now; it is recorded')
    .option('--by <name>', 'who replays (default: your user name)')
    .option('--instruction <file>', 'a corrected document; what it was is kept as a version')
    .option('--jr <name>', 'give it to this Jr')
    .option('--limit <name=n...>', 'another limit: steps or document_length', limits)
    .option('--dry-run', 'its plan against the files of today; changes nothing')
    .option('--wait', 'follow the task, through its retries, until it ends or waits for a person')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/dlq/replay.ts')).replay));

  for (const [name, description] of [
    ['resolve', 'it was mended by hand: the entry is resolved, the task is cancelled'],
    ['abandon', 'nobody will mend it: the entry is abandoned, the task is cancelled'],
  ] as const) {
    dlq
      .command(name)
      .description(description)
      .argument('<id>', 'an entry id')
      .requiredOption('--notes <text>', 'what was done, or why not; it is recorded')
      .option('--by <name>', 'who says so (default: your user name)')
      .option('--json', 'print JSON')
      .action(run(async () => (await import('./commands/dlq/close.ts'))[name]));
  }

  dlq
    .command('import')
    .description('put a file of "jr drain export" back into an empty ledger, when its checksum holds')
    .argument('<file>', 'the file; its .sha256 is beside it')
    .option('-w, --workspace <dir>', 'where instruction files go (default: the workspace of the local stack)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/dlq/import.ts')).importExport));

  dlq
    .command('vote')
    .description('vote on an entry of level 3; the vote that reaches the quorum is acted on at once')
    .argument('<id>', 'an entry id')
    .argument('<vote>', 'retry, abandon or approve')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who votes (default: your user name); a later vote takes the place of the first')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/dlq/vote.ts')).vote));

  refuseUnknownCommand(dlq);
}

/** `steps=100`, collected. */
function limits(value: string, before: Record<string, number> = {}): Record<string, number> {
  const [, name, n] = /^(steps|document_length)=([1-9]\d{0,8})$/.exec(value) ?? [];
  if (name === undefined) {
    throw new InvalidArgumentError('It has to be steps=N or document_length=N.');
  }
  return { ...before, [name]: Number(n) };
}

const help = `
The ids are those of entries, as "jr dlq" shows them; an entry is about one task.`;

function level(value: string): number {
  if (!/^[0-3]$/.test(value)) throw new InvalidArgumentError('It has to be 0, 1, 2 or 3.');
  return Number(value);
}
