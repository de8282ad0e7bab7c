/**
 * `npm run serverless -- COMMAND [OPTION...]`: runs the deploy tool (osls, the open successor of Serverless Framework 3)
 * on serverless.yml. It is not among the packages of the checkout, because only those who deploy need it: the first use
 * installs it, by its own lockfile, into infra/deploy.
 */
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import functions from './functions.json' with { type: 'json' };
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
  return run(process.execPath, [tool, ...args], keep, { ...patience(process.env), ...env });
}

/**
 * How long the tool waits for an answer of AWS, in its environment: by itself two minutes, and then it invokes a function
 * that is still at work once more. `migrate` may wait longer than that for a database that is being made.
 * @param env a time that is named there stays
 */
export function patience(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = env['AWS_CLIENT_TIMEOUT'] || env['aws_client_timeout'];
  const longest = Math.max(...Object.values(functions).map(({ timeout_seconds }) => timeout_seconds));
  return named ? {} : { AWS_CLIENT_TIMEOUT: String((longest + 30) * 1_000) };
}

/** What the tool does without AWS: there no region is needed. */
const offline = ['package', 'print', 'help'];

/**
 * What to say of a command that would go to whatever region the tool thinks of; null when one is named, or none is needed.
 * @param args the command and its options
 */
export function regionMissing(args: readonly string[], env: NodeJS.ProcessEnv): string | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    options: { region: { type: 'string', short: 'r' }, help: { type: 'boolean', short: 'h' } },
  });
  const [command] = positionals;
  if (command === undefined || offline.includes(command) || values.help === true) return null;
  if (values.region || env['AWS_REGION'] || env['AWS_DEFAULT_REGION']) return null;
  return 'In which region? Set AWS_REGION to that of the stage, such as eu-central-1: that of a profile is not read, and the deploy tool would take one of its own.';
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
  const args = process.argv.slice(2);
  const missing = regionMissing(args, process.env);
  if (missing !== null) console.error(missing);
  process.exitCode = missing === null ? (await serverless(args)).code : 2;
}
