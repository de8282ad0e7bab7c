import { type Command, CommanderError, Help, type OutputConfiguration } from 'commander';
import { exitCodes, saidOnce, UsageError } from './failures.ts';
import { complain, complainJson } from './print.ts';

const whereHelpIs = '(jr --help, or jr COMMAND --help, lists what there is)';

/** Has commander speak as the rest of `jr` does, and help say which options have to be there. */
export function speakAsJr(program: Command, json: boolean): Command {
  const output: OutputConfiguration = {
    outputError: (text, write) => write(text.replace(/^error: /, 'jr: ')),
    // A program gets one JSON object on standard error, from `reportError`, and no other word.
    writeErr: json ? () => undefined : complain,
  };
  const help = new Help();
  return program
    .configureOutput(output)
    .configureHelp({
      sortSubcommands: false,
      showGlobalOptions: false,
      optionDescription: option =>
        `${help.optionDescription(option)}${option.mandatory ? ' (required)' : ''}`,
    })
    .showHelpAfterError(whereHelpIs);
}

/**
 * Says that a word is no command, where commander would show the help of the group instead, as though nothing was wrong,
 * or would have the group's default command complain of an argument too many. To be called once the group has its commands.
 */
export function refuseUnknownCommand(group: Command): void {
  const known = group.commands.map(command => command.name());
  const refuse = () => {
    const [word] = group.args[0] === 'help' ? group.args.slice(1) : group.args;
    if (word === 'help') {
      group.args = [];
      group.help(); // of `help help`: commander would take it for an error
    }
    if (word === undefined || word.startsWith('-') || [...known, 'help'].includes(word)) return;
    const path = group.parent === null ? group.name() : `${group.parent.name()} ${group.name()}`;
    group.error(`error: unknown command '${word}' of ${path}: there are ${known.join(', ')}.`);
  };
  group.hook('preSubcommand', refuse);
  group.on('beforeHelp', refuse);
}

/** One sentence for a person, or one JSON object for a program, on standard error. A defect of ours shows its stack. */
export function reportError(error: unknown, json: boolean): number {
  if (error instanceof CommanderError) {
    // Help and version are no errors; what else is, commander has said to a person by itself.
    if (error.exitCode === 0) return exitCodes.done;
    if (json) complainJson(error.message.replace(/^error: /, ''));
    return exitCodes.usage;
  }
  const expected = error instanceof UsageError || (error instanceof Error && 'errorClass' in error);
  const isOwn = expected || (error instanceof Error && /^(Stack|ConfigError$)/.test(error.name));
  const message =
    error instanceof Error
      ? isOwn
        ? saidOnce(error.message)
        : (error.stack ?? error.message)
      : String(error);
  if (json) complainJson(message);
  else complain(`jr: ${message}\n`);
  return exitCodes.usage;
}
