import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. `input` goes to its standard input. */
export function execute(
  program: string,
  args: readonly string[],
  { cwd = root, env = process.env, input = '' } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', chunk => {
      stdout += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', chunk => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {}).end(input); // a program that does not read its input may be gone before
  });
}

/** Runs `jr` as a user does, in a process of its own. */
export function jr(args: readonly string[], options: Parameters<typeof execute>[2] = {}): Promise<Ended> {
  return execute(process.execPath, [`${root}cli/jr.js`, ...args], options);
}
