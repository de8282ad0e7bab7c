import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { StackError } from '../errors.ts';
import { freePort, isPortFree } from '../ports.ts';

/** The ports of one stack, and the variable that fixes each. */
const settings = {
  postgres: 'JR_POSTGRES_PORT',
  sqs: 'JR_SQS_PORT',
  scheduler: 'JR_SCHEDULER_PORT',
  lambda: 'JR_LAMBDA_PORT',
} as const;

export type StackPorts = Readonly<Record<keyof typeof settings, number>>;

const kept = z.partialRecord(z.enum(['postgres', 'sqs', 'scheduler', 'lambda']), z.number());

function configured(name: keyof typeof settings, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[settings[name]];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new StackError(
      `${settings[name]} is ${JSON.stringify(text)}: set it to a port number, 1 to 65535.`,
    );
  }
  return port;
}

async function readKept(file: string): Promise<z.infer<typeof kept>> {
  try {
    return kept.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {}; // a first start, or a file that somebody broke: new ports do as well
  }
}

/**
 * The ports to use: configured ones, else those of the last start where they are still free, else free ones, so that
 * addresses stay the same from start to start and two checkouts do not collide.
 */
export async function choosePorts(stateDir: string, env: NodeJS.ProcessEnv): Promise<StackPorts> {
  const before = await readKept(join(stateDir, 'ports.json'));
  const choose = async (name: keyof typeof settings) => {
    const fixed = configured(name, env);
    if (fixed !== undefined) return fixed;
    const last = before[name];
    return last !== undefined && (await isPortFree(last)) ? last : freePort();
  };
  const [postgres, sqs, scheduler, lambda] = await Promise.all([
    choose('postgres'),
    choose('sqs'),
    choose('scheduler'),
    choose('lambda'),
  ]);
  return { postgres, sqs, scheduler, lambda };
}

export async function keepPorts(stateDir: string, ports: StackPorts): Promise<void> {
  await writeFile(join(stateDir, 'ports.json'), `${JSON.stringify(ports)}\n`);
}
