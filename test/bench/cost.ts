// `npm run bench:cost`: counts what the functions call, and writes what that costs into docs/operations.md. What has to be
// measured instead of counted (CPU, WAL) stays as the last `npm run bench -- --write` found it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../infra/local/postgres.ts';
import { createTemplate, postgresVariable } from '../support/database.ts';
import { countCalls } from './cost/count-calls.ts';
import { counted } from './cost/counted.ts';
import { costSection } from './cost/page.ts';
import { writeCost } from './cost/write-cost.ts';

const stateDir = await mkdtemp(join(tmpdir(), 'jr-cost-'));
const server = await startPostgres({ stateDir, durable: false });
try {
  await createTemplate(server.url());
  process.env[postgresVariable] = server.url();
  const now = { ...counted, calls: await countCalls() };
  await writeCost(now);
  console.log(costSection(now));
} finally {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true });
}
