import { execFile, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { choosePort } from './free-port.ts';

export interface Moto {
  readonly endpoint: string;
  /** For whatever uses the SDK: every service is there, for everybody. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Why moto cannot be used; null when it can. It takes seconds to start, so that `npm test` does without. */
export async function whyNoMoto(): Promise<string | null> {
  if (process.env['JR_MOTO'] !== 'yes') return 'runs by "npm run test:stage" (JR_MOTO=yes)';
  try {
    await promisify(execFile)('moto_server', ['--help']);
    return null;
  } catch {
    return 'SKIPPED: moto_server is not installed (pip install "moto[server]"): nothing was tried against AWS.';
  }
}

/** Starts moto, an AWS in Python, on a port of its own. */
export async function startMoto(): Promise<Moto> {
  const port = await choosePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  const until = Date.now() + 30_000;
  for (;;) {
    const answers = await fetch(`${endpoint}/moto-api/`).then(
      () => true,
      () => false,
    );
    if (answers) break;
    if (child.exitCode !== null || Date.now() > until)
      throw new Error(`moto_server did not come up on ${port}.`);
    await sleep(50);
  }
  return {
    endpoint,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    },
    async stop() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
