import { userInfo } from 'node:os';
import type { Signature } from '../shared/ports/operations.ts';
import { exitCodes, UsageError } from './failures.ts';
import { print } from './print.ts';

/** Who does it: the name that was given, else the user's. @throws {UsageError} when there is none */
export function who(by: string | undefined): string {
  const name = (by ?? userName()).trim();
  if (name === '') throw new UsageError('It is recorded who does this: say it with --by NAME.');
  return name;
}

/** Who and why. A reason of blanks is none. */
export function signature({ by, reason }: { by?: string; reason?: string }): Signature {
  return { by: who(by), reason: reason === undefined || reason.trim() === '' ? null : reason.trim() };
}

/** A text that has to be given. @throws {UsageError} naming the option when it is blank */
export function given(option: string, text: string): string {
  if (text.trim() === '') throw new UsageError(`${option} is empty: say why, it is recorded.`);
  return text.trim();
}

/** @throws {UsageError} when it is none */
export function taskIdOf(text: string): number {
  if (!isId(text)) throw new UsageError(`${text} is no task id: "npx jr status" lists the tasks.`);
  return Number(text);
}

/** @throws {UsageError} when it is none */
export function entryIdOf(text: string): number {
  if (!isId(text)) throw new UsageError(`${text} is no entry id: "npx jr dlq" lists the entries.`);
  return Number(text);
}

export function unknownTask(id: number): UsageError {
  return new UsageError(`There is no task ${id}: "npx jr status" lists the latest.`);
}

export function unknownEntry(id: number): UsageError {
  return new UsageError(
    `There is no entry ${id}: "npx jr dlq list --status all" lists them. An entry has an id of its own, not its task's.`,
  );
}

/** Says what was done, or why not, to a person or a program. `fields` are the object that a program reads. */
export function say(json: boolean | undefined, fields: Record<string, unknown>, text: string): void {
  print(json ? `${JSON.stringify(fields)}\n` : `${text}\n`);
}

/** What was asked for may not be done: exit code 1, with the sentence that says why. `fields` say what was asked. */
export function refuse(
  json: boolean | undefined,
  fields: Record<string, unknown>,
  message: string,
): typeof exitCodes.failed {
  say(json, { ...fields, message }, message);
  return exitCodes.failed;
}

function isId(text: string): boolean {
  return /^\d{1,15}$/.test(text);
}

/** A container may run under a number that no user has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
