import { Command, InvalidArgumentError, Option } from 'commander';
import { type Action, addDlqCommands } from './dlq-program.ts';
import { addDrainCommands } from './drain-program.ts';
import { exitCodes, UsageError } from './failures.ts';
import { refuseUnknownCommand, reportError, speakAsJr } from './report-error.ts';
import { taskStatuses } from './task-text.ts';
import { wholeNumber } from './whole-number.ts';
import { addWorkersCommands } from './workers-program.ts';

/** The command line. Answers the exit code; prints everything else. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  process.stdout.on('error', error => {
    // `jr plan ... | head`: who stops reading wants no more lines and no stack trace.
    if ('code' in error && error.code === 'EPIPE') return;
    // Into a file on a full disk. What has been done is done, and nobody hears of the rest.
    process.exit(reportError(new UsageError(`What it says cannot be written: ${error.message}.`), json));
  });
  let code: number = exitCodes.done;
  /** A command's code is loaded when it is called: `jr plan` does not wait for the stack's. */
  const run =
    <A extends Action>(load: () => Promise<A>) =>
    async (...args: Parameters<A>) => {
      code = await (await load())(...args);
    };

  const program = speakAsJr(new Command('jr'), json)
    .description('Executes Markdown instruction files on a workspace of files: try it here, trust it in AWS.')
    .version('0.1.0')
    .exitOverride()
    .addHelpText('after', help);

  program
    .command('plan')
    .description('show what instruction files would do; writes nothing, needs no ledger')
    .argument('<files...>', 'instruction files, folders of them, or - for standard input')
    .option('-w, --workspace <dir>', 'the folder that the paths in the file are relative to', '.')
    .option('--overwrite', 'let whole files replace different existing ones')
    .option('--json', 'print one JSON object a file')
    .action(run(async () => (await import('./commands/plan.ts')).plan));

  program
    .command('apply')
    .description('do what an instruction file says, all of it or nothing; needs no ledger')
    .argument('<files...>', 'instruction files, folders of them, or - for standard input')
    .option('-w, --workspace <dir>', 'the folder that the paths in the file are relative to', '.')
    .option('--overwrite', 'let whole files replace different existing ones')
    .option('--json', 'print one JSON object a file')
    .action(run(async () => (await import('./commands/plan.ts')).apply));

  program
    .command('up')
    .description('start the local stack in the background, or find the one that runs')
    .option('--json', 'print one line of JSON with the addresses when it is ready')
    .action(run(async () => (await import('./commands/up.ts')).up));

  program
    .command('down')
    .description('stop the local stack; what it holds stays for the next start')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/down.ts')).down));

  program
    .command('submit')
    .description('put an instruction file on the task queue')
    .argument('<file>', 'instruction file, or - for standard input')
    .option('--jr <name>', 'the Jr to give it to (default: what the document says)')
    .option('--priority <n>', '1 (first) to 10 (default: what the document says, or 5)', priority)
    .option('--title <text>', "the task's title (default: the document's first heading)")
    .option('--dedupe-key <key>', 'a second submission under this key is the same task')
    .option('--overwrite', 'let whole files replace different existing ones')
    .option('--wait', 'follow the task, through its retries, until it ends or waits for a person')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/submit.ts')).submit));

  program
    .command('status')
    .description('show the tasks, or one of them')
    .argument('[id]', 'a task id, or the message id that jr submit printed')
    .addOption(new Option('--status <status>', 'only the tasks in this state').choices(taskStatuses))
    .addOption(
      new Option('--rejected', 'the messages that could not be tasks, and why').conflicts([
        'status',
        'watch',
      ]),
    )
    .option('--limit <n>', 'how many at most: those that changed last', wholeNumber, 20)
    .option('--watch', 'go on showing, through its retries, until it ends or waits for a person (or Ctrl-C)')
    .option('--json', 'print JSON; with --watch a line for each change')
    .action(run(async () => (await import('./commands/status.ts')).status));

  program
    .command('trace')
    .description('the life of a task as a timeline: attempts, retries, people, with the time each took')
    .argument('<id>', 'a task id, or the message id that jr submit printed (task_key in the logs)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/trace.ts')).trace));

  program
    .command('approve')
    .description('let through what the guards stopped in a task, as it stands; the task goes on')
    .argument('<id>', 'a task that is blocked')
    .requiredOption('--reason <text>', 'why this may be done; it is recorded')
    .option('--by <name>', 'who approves (default: your user name)')
    .option('--wait', 'follow the task, through its retries, until it ends or waits for a person')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/approve.ts')).approve));

  program
    .command('cancel')
    .description('end a task that has not ended; one that runs writes nothing more')
    .argument('<id>', 'a task id')
    .option('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who cancels (default: your user name)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/cancel.ts')).cancel));

  addDlqCommands(program, run);
  addDrainCommands(program, run);
  addWorkersCommands(program, run);

  program
    .command('pause')
    .description('begin no more tasks; what comes in is kept, what runs goes on')
    .requiredOption('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who pauses (default: your user name)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/pause.ts')).pause));

  program
    .command('resume')
    .description('begin tasks again after a pause')
    .option('--reason <text>', 'why; it is recorded')
    .option('--by <name>', 'who resumes (default: your user name)')
    .option('--json', 'print JSON')
    .action(run(async () => (await import('./commands/resume.ts')).resume));

  program
    .command('invoke')
    .description('run a function once and print what it answers')
    .argument('<function>', 'such as health-sweep; they are listed in infra/functions.json')
    .option('--payload <json>', 'the event that it gets', '{}')
    .option('--json', 'print one line of JSON')
    .action(run(async () => (await import('./commands/invoke.ts')).invoke));

  program
    .command('doctor')
    .description('the checklist after an outage: what is well, what is not, and the command that mends it')
    .option('--json', 'print {ok, checks: [{name, state: ok|warn|bad, summary, mend}]}')
    .action(run(async () => (await import('./commands/doctor.ts')).doctor));

  program
    .command('demo')
    .description('bring the stack up and follow the shipped example through it (npm start)')
    .option('--once', 'end when the example has ended: exit code 0 or 1')
    .option('--json', 'print both tasks as they ended, as JSON; the rest goes to standard error')
    .action(run(async () => (await import('./commands/demo.ts')).demo));

  refuseUnknownCommand(program);
  for (const command of reaching(program)) {
    command.option('--stage <stage>', 'on a deployed stage instead of the local stack');
  }
  program.hook('preAction', async (_, command) => {
    const { stage } = command.opts<{ stage?: string }>();
    if (stage !== undefined) (await import('./find-target.ts')).chooseStage(stage);
  });

  try {
    await program.parseAsync(argv);
    return code;
  } catch (error) {
    return reportError(error, json);
  }
}

const help = `
Try:
  $ npx jr demo --once                                   the whole way of an example
  $ npx jr plan examples/add-health-check.md --workspace examples/workspace
  $ npx jr up && npx jr submit YOUR-FILE.md --wait       on the stack's workspace, which jr up names
Exit codes: 0 done, 1 the thing asked for failed, 2 usage or environment.`;

function priority(value: string): number {
  if (!/^([1-9]|10)$/.test(value))
    throw new InvalidArgumentError('It has to be a whole number from 1 to 10.');
  return Number(value);
}

/** What needs neither a stack nor a stage, or is only here. */
const local = new Set(['plan', 'apply', 'up', 'down', 'demo']);

/** The commands that work on a stack: they can as well be told to work on a stage. */
function reaching(program: Command): Command[] {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  return program.commands.filter(command => !local.has(command.name())).flatMap(leaves);
}
