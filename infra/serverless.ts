/**
 * `npm run serverless -- COMMAND [OPTION...]`: runs the deploy tool (osls, the open successor of Serverless Framework 3)
 * on serverless.yml. It is not among the packages of the checkout, because only those who deploy need it: the first use
 * installs it, by its own lockfile, into infra/deploy.
 */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkout } from './local/checkout.ts';

const folder = join(checkout, 'infra', 'deploy');
const tool = join(folder, 'node_modules', 'osls', 'bin', 'serverless.js');

/** What a command ended with. `output` is what it printed on standard output, if that was kept. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/**
 * @param options.keep true: standard output is kept and answered instead of shown
 * @param options.env more for the tool's environment
 */
export async function serverless(
  args: readonly string[],
  options: { keep?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<Ended> {
  const { keep = false, env = {} } = options;
  await install();
  return run(process.execPath, [tool, ...args], keep, env);
}

async function install(): Promise<void> {
  const present = await access(tool).then(
    () => true,
    () => false,
  );
  if (present) return;
  console.error('Installing the deploy tool into infra/deploy (once) ...');
  const { code } = await run('npm', ['ci', '--no-audit', '--no-fund', '--prefix', folder], true, {});
  if (code !== 0) throw new Error(`The deploy tool could not be installed: npm ci in ${folder} says why.`);
}

function run(
  command: string,
  args: readonly string[],
  keep: boolean,
  env: NodeJS.ProcessEnv,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: checkout,
      stdio: ['inherit', keep ? 'pipe' : 'inherit', 'inherit'],
      env: { ...process.env, ...env },
    });
    let output = '';
    child.stdout?.on('data', chunk => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code: code ?? 1, output }));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code } = await serverless(process.argv.slice(2));
  process.exitCode = code;
}
