import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { protectedPaths, workspacePrefixes } from '../../../shared/config.ts';
import { orIfAbsent, StackError } from '../errors.ts';

/** What paths mean and which are protected: settings of the functions that a person gives. */
const guardNames = ['WORKSPACE_PREFIXES', 'PROTECTED_PATHS'] as const;
type Guards = Readonly<Record<(typeof guardNames)[number], string>>;

const keptSettings = z.object({
  WORKSPACE_PREFIXES: z.string().optional(),
  PROTECTED_PATHS: z.string().optional(),
  /** Where the ledger is that `DATABASE_URL` named; without user and password. */
  ledger: z.string().optional(),
});

/** What the environment of a start said. Whoever starts the stack anew from another shell means it as well. */
export type KeptSettings = Readonly<z.infer<typeof keptSettings>>;

const fileOf = (stateDir: string) => join(stateDir, 'settings.json');

/** Those of the last start; none before the first. */
function readKept(stateDir: string): KeptSettings {
  try {
    return keptSettings.parse(JSON.parse(readFileSync(fileOf(stateDir), 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) {
      throw new StackError(
        `${fileOf(stateDir)} is broken: remove it, and name PROTECTED_PATHS, WORKSPACE_PREFIXES and DATABASE_URL again where they were set.`,
      );
    }
    return orIfAbsent({})(error);
  }
}

export function keepSettings(stateDir: string, settings: KeptSettings): void {
  writeFileSync(fileOf(stateDir), `${JSON.stringify(settings)}\n`);
}

/** The settings of a start: what is set here, also to nothing, else what was at the last start. */
export function settingsOf(stateDir: string, env: NodeJS.ProcessEnv): KeptSettings {
  const kept = readKept(stateDir);
  const url = env['DATABASE_URL'] ?? '';
  return {
    WORKSPACE_PREFIXES: env['WORKSPACE_PREFIXES'] ?? kept.WORKSPACE_PREFIXES,
    PROTECTED_PATHS: env['PROTECTED_PATHS'] ?? kept.PROTECTED_PATHS,
    ...(url === '' ? {} : { ledger: ledgerName(url) }),
  };
}

/** What the functions get. @throws {ConfigError} before the functions would */
export function guardsOf(settings: KeptSettings): Guards {
  return {
    WORKSPACE_PREFIXES: workspacePrefixes(settings).join(':'),
    PROTECTED_PATHS: protectedPaths(settings).join(':'),
  };
}

/** A line for each setting that is not given here and still holds. */
export function keptLines(settings: KeptSettings, env: NodeJS.ProcessEnv): string[] {
  return guardNames.flatMap(name =>
    env[name] === undefined && (settings[name] ?? '') !== ''
      ? [`${name} is ${settings[name]}, as at the last start`]
      : [],
  );
}

/** @throws {StackError} where the embedded ledger would take the place of the one that holds the tasks */
export function checkLedger(stateDir: string, env: NodeJS.ProcessEnv): void {
  const { ledger } = readKept(stateDir);
  if (ledger === undefined || env['DATABASE_URL'] !== undefined) return;
  throw new StackError(
    `The ledger of the last start is ${ledger}, which DATABASE_URL named then and does not name here: set it again, or set it to nothing for the embedded ledger, which knows none of those tasks.`,
  );
}

/**
 * A stack that is up keeps its settings: whoever names others would believe a path protected that is not.
 * @throws {StackError} naming the setting that differs
 */
export function checkSettings(databaseUrl: string, stateDir: string, env: NodeJS.ProcessEnv): void {
  const anew = 'start it anew with "npx jr down" and "npx jr up"; what it holds stays.';
  const running = guardsOf(readKept(stateDir));
  const wanted = guardsOf(settingsOf(stateDir, env));
  for (const name of guardNames) {
    if (running[name] === wanted[name]) continue;
    throw new StackError(
      `The local stack is up with ${name} ${JSON.stringify(running[name])}, and here it is ${JSON.stringify(wanted[name])}: ${anew}`,
    );
  }
  const url = env['DATABASE_URL'] ?? '';
  if (url !== '' && url !== databaseUrl) {
    throw new StackError(
      `The local stack is up on the ledger ${ledgerName(databaseUrl)}, and DATABASE_URL names ${ledgerName(url)}: ${anew}`,
    );
  }
}

/** Server and database of a URL, without user and password. */
function ledgerName(url: string): string {
  if (!URL.canParse(url)) return 'a PostgreSQL of your own';
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
