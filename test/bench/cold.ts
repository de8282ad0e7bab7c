// `npm run bench:cold`: how long the code of each function takes to load, against that of a function that does nothing,
// in turns in the same run. The limit is a median of 200 ms.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageFunctions } from '../../infra/package.ts';

const rounds = Number(process.env['ROUNDS'] ?? 21);
const limitMs = 200;

/** Enough for every function's settings; nothing is connected to before an event comes. */
const env = {
  PATH: process.env['PATH'],
  AWS_REGION: 'us-east-1',
  DATABASE_SECRET_ARN: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:jr',
  DATABASE_HOST: 'localhost',
  TASKS_QUEUE_URL: 'https://localhost/jr-tasks',
  TASKS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
  COUNCIL_QUEUE_URL: 'https://localhost/jr-dlq-3-council',
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/r',
  FUNCTION_ARN_PREFIX: 'arn:aws:lambda:us-east-1:000000000000:function:',
  NOTICES_DIR: tmpdir(),
  WORKSPACE_DIR: tmpdir(),
  LAMBDA_TASK_ROOT: tmpdir(),
};

const folder = await mkdtemp(join(tmpdir(), 'jr-cold-'));
try {
  const empty = join(folder, 'empty.mjs');
  await writeFile(empty, 'export const handler = async () => null;\n');
  const packages = await packageFunctions({ outDir: folder });
  const files = {
    empty,
    ...Object.fromEntries(packages.map(({ name }) => [name, join(folder, name, 'index.mjs')])),
  };
  const times = new Map<string, Import[]>(Object.keys(files).map(name => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, file] of Object.entries(files)) times.get(name)?.push(importOnce(file));
  }
  console.log(`median of ${rounds}: milliseconds that passed, and milliseconds of CPU`);
  const medians = [...times].map(([name, list]) => {
    const [wallMs, cpuMs] = [median(list.map(one => one.wallMs)), median(list.map(one => one.cpuMs))];
    console.log(`${name.padEnd(16)}${wallMs.toFixed(1).padStart(8)}${cpuMs.toFixed(1).padStart(8)}`);
    return { name, wallMs };
  });
  const slow = medians.filter(({ wallMs }) => wallMs >= limitMs);
  if (slow.length > 0) {
    console.error(
      `Above ${limitMs} ms: ${slow.map(({ name }) => name).join(', ')}. (On a busy machine look at the CPU.)`,
    );
    process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

interface Import {
  readonly wallMs: number;
  readonly cpuMs: number;
}

/** In a process of its own, as a cold start is; the start of Node itself is not counted. */
function importOnce(file: string): Import {
  const script = `
    const cpu = process.cpuUsage();
    const began = performance.now();
    await import(${JSON.stringify(file)});
    const wallMs = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    console.log(JSON.stringify({ wallMs, cpuMs: (user + system) / 1_000 }));
    process.exit();`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${file} does not load: ${stderr}`);
  return JSON.parse(stdout);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
