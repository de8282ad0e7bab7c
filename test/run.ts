// `npm test`: one PostgreSQL for all test files, a migrated template in it, and node's own test runner.
// `npm test -- test/unit/domain/redact.test.ts` runs the named files only.
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../infra/local/postgres.ts';
import { createTemplate, postgresVariable } from './support/database.ts';

const named = process.argv.slice(2);
const files =
  named.length > 0 ? named : globSync('test/{unit,contract,integration,scenarios,crash}/**/*.test.ts').sort();
if (files.length === 0) throw new Error('There is no test file: run this in the checkout.');

const limitMinutes = process.env['JR_CRASH'] === 'full' ? 40 : 8;
const stateDir = await mkdtemp(join(tmpdir(), 'jr-test-'));
const server = await startPostgres({ stateDir, durable: false });
try {
  await createTemplate(server.url());
  process.exitCode = await new Promise<number>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        '--test',
        `--test-concurrency=${Math.max(2, availableParallelism())}`,
        '--test-timeout=120000',
        ...files,
      ],
      { stdio: 'inherit', env: { ...process.env, [postgresVariable]: server.url() } },
    );
    // A test file that leaves something open never ends: then this run says so instead of waiting for ever.
    const limit = setTimeout(() => {
      console.error(`The tests did not end within ${limitMinutes} minutes: the last file above hangs.`);
      child.kill('SIGKILL');
    }, limitMinutes * 60_000);
    child.on('error', reject);
    child.on('close', code => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
} finally {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
}
