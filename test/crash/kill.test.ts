// The bundle that is deployed, in processes of its own, killed by SIGKILL while it works.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose-client.ts';
import { keepHistory } from '../support/crash/history.ts';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import { seededRandom } from '../support/crash/seeded-random.ts';
import { createDatabase } from '../support/database.ts';
import { createDocument, editDocument } from '../support/messages.ts';
import { until } from '../support/until.ts';

/** A lease lives 15 s longer than its function may run, and that is waited for here: only in the full size. */
const skip = process.env['JR_CRASH'] !== 'full';
const seed = Number(process.env['JR_SEED'] ?? Date.now() % 1_000_000);
const tasks = 30;
const kills = 8;

/** Lambda's shortest sensible timeout for a function that begins no task in its last ten seconds. */
const timeout_seconds = 13;
const functions = {
  'execute-task': {
    handler: 'functions/execute-task/handler.ts',
    timeout_seconds,
    memory_mb: 512,
    sqs: [{ queue: 'jr-tasks', batch_size: 5, maximum_concurrency: 2 }],
  },
};

test(`killed while they work (JR_SEED=${seed}): each task is completed once, every file is right`, {
  skip,
  timeout: 240_000,
}, async t => {
  const database = await createDatabase();
  await keepHistory(database.owner);
  const folder = await mkdtemp(join(tmpdir(), 'jr-kill-'));
  const workspace = join(folder, 'workspace');
  const stateDir = join(folder, 'state');
  await mkdir(workspace);
  const stack = await startStack({
    stateDir,
    workspace,
    databaseUrl: database.url,
    functions,
    visibilityTimeoutSeconds: 2,
    durable: false,
    env: {},
  });
  const client = composeClient({
    ledger: { kind: 'url', url: database.url },
    tasksQueueUrl: stack.info.queues['jr-tasks'] ?? '',
    local: { sqsEndpoint: stack.info.sqs_endpoint },
  });
  t.after(async () => {
    await client.view.close();
    await stack.stop();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  const numbers = Array.from({ length: tasks }, (_, n) => n);
  for (const n of numbers)
    await writeFile(join(workspace, `${n}.txt`), `first\nto be deleted\nlast of ${n}\n`);
  const random = seededRandom(seed);
  const submitting = (async () => {
    for (const n of numbers) {
      const documents = [
        editDocument(`${n}.txt`, 'first\nto be deleted', 'first'),
        editDocument(`${n}.txt`, `last of ${n}`, `last of ${n}\nx`),
        createDocument(`made/${n}.txt`, `made by ${n}`),
      ];
      await client.queue.send(
        JSON.stringify({ type: 'task.submit', instruction_content: documents.join('\n') }),
      );
    }
  })();

  const count = async (where: string) => {
    const { rows } = await database.pool.query<{ n: number }>(`select count(*) as n from ${where}`);
    return Number(rows[0]?.n);
  };
  let killed = 0;
  while (killed < kills && (await count(`jr_work_queue where status = 'completed'`)) < tasks) {
    if (
      (await count(
        `jr_work_queue where status = 'in_progress' and lease_expires_at > now() + interval '${timeout_seconds + 14} seconds'`,
      )) === 0
    ) {
      await sleep(1);
      continue;
    }
    await sleep(random() * 25);
    killed += await killFunctions(stateDir);
  }
  await submitting;

  await until(async () => (await count(`jr_work_queue where status = 'completed'`)) === tasks, 200_000);
  await assertLedgerHolds(database.pool);
  for (const n of numbers) {
    assert.equal(await readFile(join(workspace, `${n}.txt`), 'utf8'), `first\nlast of ${n}\nx\n`);
    assert.equal(await readFile(join(workspace, 'made', `${n}.txt`), 'utf8'), `made by ${n}\n`);
  }
  const names = (await readdir(workspace)).toSorted();
  assert.deepEqual(names, ['made', ...numbers.map(n => `${n}.txt`)].toSorted());
  const crashed = await count(`jr_task_attempts where outcome = 'crashed'`);
  console.log(
    `kill -9: ${killed} processes killed (seed ${seed}), ${crashed} attempts died, ${tasks} tasks completed once`,
  );
});

/** Kills the function's processes of this stack, which the host notes by their ids. */
async function killFunctions(stateDir: string): Promise<number> {
  const folder = join(stateDir, 'lambda', 'processes');
  let killed = 0;
  for (const name of await readdir(folder)) {
    try {
      process.kill(Number(name), 'SIGKILL');
      killed += 1;
    } catch {
      // It was gone already.
    }
  }
  return killed;
}
