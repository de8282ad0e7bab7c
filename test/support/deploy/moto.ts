import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

/** AWS as moto plays it, on a port of its own. */
export interface Moto {
  readonly endpoint: string;
  /** What a client needs to be sent to it: nothing of it is a real credential. */
  readonly env: NodeJS.ProcessEnv;
  stop(): Promise<void>;
}

/** Starts it, or answers null where it is not installed. */
export async function startMoto(): Promise<Moto | null> {
  const port = await freePort();
  const child = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const failed = once(child, 'error').then(([error]) => error as Error); // as the event gives it
  const endpoint = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries++) {
    const early = await Promise.race([failed, setTimeout(100, null)]);
    if (early !== null) {
      if ('code' in early && early.code === 'ENOENT') return null;
      throw early;
    }
    const up = await fetch(`${endpoint}/moto-api/`).then(
      response => response.ok,
      () => false,
    );
    if (!up) continue;
    const env = {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    const stop = async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    };
    return { endpoint, env, stop };
  }
  child.kill('SIGKILL');
  throw new Error('moto_server did not answer within a minute.');
}

/** Calls a query API (EC2, IAM, SNS ...) as anyone may on moto, and answers the XML. */
export async function query(moto: Moto, service: string, action: string, version: string): Promise<string> {
  const response = await fetch(moto.endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/${service}/aws4_request`,
    },
    body: new URLSearchParams({ Action: action, Version: version }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`moto's ${action}: ${text}`);
  return text;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port was given.');
  return address.port;
}
