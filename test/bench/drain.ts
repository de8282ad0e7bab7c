// `npm run bench:drain`: so many open entries (10,000 unless the first argument says otherwise) drained by the local stack,
// on the deployed bundles, as the runbook's goal has it: under five minutes. Exit code 1 when it takes longer.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { invokeFunction } from '../../cli/invoke-function.ts';
import { startStack } from '../../infra/local/stack.ts';
import type { DrainRunView } from '../../shared/ports/drain-view.ts';
import { insertFailed } from '../support/failed-kinds.ts';

const entries = Number(process.argv[2] ?? 10_000);
const goalSeconds = 300;

const folder = await mkdtemp(join(tmpdir(), 'jr-bench-drain-'));
const stack = await startStack({
  stateDir: join(folder, 'state'),
  workspace: join(folder, 'workspace'),
  env: {},
});
const pool = new pg.Pool({ connectionString: stack.info.database_url, max: 1 });
try {
  for (let done = 0; done < entries; done += 2_000) {
    await insertFailed(pool, { network: Math.min(2_000, entries - done) }, new Date(), done);
  }
  const began = performance.now();
  const target = { local: stack.info, functionName: (name: string) => name };
  const first = await invokeFunction(target, 'drain', {
    action: 'drain',
    operator: 'bench',
    reason: 'how fast',
    without_export: true,
  });
  // The answer of status and drain, as their types say.
  let { run } = first.payload as { run: DrainRunView };
  while (run.status === 'running') {
    await sleep(500);
    ({ run } = (await invokeFunction(target, 'drain', { action: 'status' })).payload as {
      run: DrainRunView;
    });
  }
  const seconds = (performance.now() - began) / 1000;
  const files = await readdir(join(stack.info.workspace, 'network'));
  const ok = run.status === 'completed' && run.succeeded === entries && files.length === entries;
  console.log(
    `drain of ${entries} entries: ${seconds.toFixed(1)} s (${(entries / seconds).toFixed(0)} a second), ` +
      `${run.batches.length} batches, ${run.succeeded} succeeded, ${run.failed} failed, ${files.length} files; ` +
      `the goal is ${goalSeconds} s${ok ? '' : `; ${run.status}: ${run.stop_reason}`}`,
  );
  process.exitCode = ok && seconds < goalSeconds ? 0 : 1;
} finally {
  await pool.end();
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}
