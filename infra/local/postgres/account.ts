import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The system account that PostgreSQL runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

export interface Finished {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** What it wrote to both streams. */
  readonly output: string;
}

/**
 * PostgreSQL refuses to run as root, so root hands it to `postgres` or, where there is none, to `nobody`.
 * null: run it as the user of this process.
 */
export function serverAccount(passwd = '/etc/passwd'): Account | null {
  if (process.getuid?.() !== 0) return null;
  const accounts = readFileSync(passwd, 'utf8')
    .split('\n')
    .map(line => line.split(':'));
  for (const wanted of ['postgres', 'nobody']) {
    const found = accounts.find(([name]) => name === wanted);
    if (found) return { name: wanted, uid: Number(found[2]), gid: Number(found[3]) };
  }
  return null;
}

/**
 * Runs a program as the account and waits for it. The environment is bare, so that PG* variables of the caller
 * cannot redirect it, and the working directory is one that every account can enter.
 * A program that cannot be started at all gives code 127, as in a shell.
 */
export function runAs(account: Account | null, command: string, args: readonly string[]): Promise<Finished> {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: '/', LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', error => resolve({ code: 127, output: error.message }));
    child.once('close', code => resolve({ code, output }));
  });
}

/** True when the account can enter the folder. Asked by trying it: access lists and mounts count, not only modes. */
export async function canEnter(account: Account | null, folder: string): Promise<boolean> {
  const { code } = await runAs(account, '/bin/sh', ['-c', 'cd "$1"', 'sh', folder]);
  return code === 0;
}
