import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type pg from 'pg';
import { type Stack, startStack } from '../../../infra/local/stack.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { composeClient } from '../../../shared/compose-client.ts';
import type { TaskQueue } from '../../../shared/ports/queue.ts';
import { documentOf, standingFiles } from '../documents.ts';
import { inPortions } from '../portions.ts';
import { quantile } from '../statistics.ts';

/** Submission by SQS to completion, on the local stack. Times in milliseconds. */
export interface EndToEnd {
  /** From the call that sends the message to the moment that the ledger shows the task completed, one at a time. */
  readonly latency: { readonly tasks: number; readonly p50: number; readonly p99: number };
  /** Medians of the parts of that way, in its order. */
  readonly parts: readonly { readonly part: string; readonly ms: number }[];
  readonly burst: {
    readonly tasks: number;
    readonly perSecond: number;
    /** Tasks that an invocation had on average. */
    readonly batch: number;
    /** From the claim of a batch to its end, median. */
    readonly batchMs: number;
  };
}

/** Starts a stack of its own and stops it again. */
export async function measureEndToEnd(
  tasks: { readonly alone: number; readonly burst: number },
  say: (line: string) => void,
): Promise<EndToEnd> {
  const stateDir = await mkdtemp(join(tmpdir(), 'jr-bench-stack-'));
  let stack: Stack | undefined;
  try {
    stack = await startStack({ stateDir, env: {} });
    const { info } = stack;
    for (const { name, text } of standingFiles) await writeFile(join(info.workspace, name), text);
    const queueUrl = info.queues['jr-tasks'] ?? '';
    const { queue, view } = composeClient({
      ledger: { kind: 'url', url: info.database_url },
      tasksQueueUrl: queueUrl,
      local: { sqsEndpoint: info.sqs_endpoint },
    });
    const pool = createPool({
      databaseUrl: info.database_url,
      max: 1,
      onIdleError: error => console.error(error),
    });
    try {
      say('end to end: one task after the other');
      await runAlone(queue, pool, 10);
      const alone = await runAlone(queue, pool, tasks.alone);
      say('end to end: a burst');
      const sqs = localSqs(info.sqs_endpoint);
      const burst = await runBurst(sqs, queueUrl, pool, tasks.burst);
      return { ...alone, burst };
    } finally {
      await Promise.all([pool.end(), view.close()]);
    }
  } finally {
    await stack?.stop();
    await rm(stateDir, { recursive: true, force: true });
  }
}

interface Moments {
  /** Null until it is completed. */
  readonly completed: boolean;
  /** When execute-task took the message in and when it claimed the task, by its clock, in ms since 1970. */
  readonly created: number;
  readonly started: number;
}

const momentsSql = `
select status = 'completed' as completed, extract(epoch from created_at) * 1000 as created,
  extract(epoch from started_at) * 1000 as started
from jr_work_queue where dedupe_key = $1`;

async function runAlone(queue: TaskQueue, pool: pg.Pool, tasks: number) {
  const found: { total: number; parts: number[] }[] = [];
  for (let task = 0; task < tasks; task += 1) {
    // Pauses of different lengths: each finds the poller in another moment of its wait.
    await sleep(20 + (task % 7) * 15);
    const key = `alone-${tasks}-${task}`;
    const calledAt = Date.now();
    await queue.send(messageOf(key, task));
    const sentAt = Date.now();
    const moments = await untilCompleted(pool, key);
    const seenAt = Date.now();
    found.push({
      total: seenAt - calledAt,
      parts: [
        sentAt - calledAt,
        Math.max(0, Number(moments.created) - sentAt),
        Number(moments.started) - Number(moments.created),
        seenAt - Number(moments.started),
      ],
    });
  }
  const totals = found.map(({ total }) => total);
  const names = [
    'the queue accepts the message',
    'the poller receives it and the function begins',
    'the task is taken in',
    'claim, plan, settle, and seen as completed',
  ];
  return {
    latency: { tasks, p50: quantile(totals, 0.5), p99: quantile(totals, 0.99) },
    parts: names.map((part, at) => ({
      part,
      ms: quantile(
        found.map(({ parts }) => parts[at] ?? Number.NaN),
        0.5,
      ),
    })),
  };
}

async function untilCompleted(pool: pg.Pool, key: string): Promise<Moments> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const { rows } = await pool.query<Moments>(momentsSql, [key]);
    if (rows[0]?.completed) return rows[0];
    await sleep(1);
  }
  throw new Error(`The task ${key} was not completed within a minute.`);
}

const burstSql = `
select count(*) as done, extract(epoch from max(completed_at)) * 1000 as last
from jr_work_queue where status = 'completed' and dedupe_key like 'burst-%'`;

const batchesSql = `
with batches as (
  select a.function_request_id, count(*) as tasks, extract(epoch from max(a.ended_at) - min(a.started_at)) * 1000 as ms
  from jr_task_attempts a join jr_work_queue w on w.id = a.task_id
  where w.dedupe_key like 'burst-%' group by a.function_request_id
)
select avg(tasks) as batch, percentile_cont(0.5) within group (order by ms) as batch_ms from batches`;

async function runBurst(
  sqs: SQSClient,
  queueUrl: string,
  pool: pg.Pool,
  tasks: number,
): Promise<EndToEnd['burst']> {
  const began = Date.now();
  let next = 0;
  // Ten in a request, as SQS takes them at most.
  await inPortions(tasks, 10, 8, async count => {
    const Entries = Array.from({ length: count }, (_, at) => ({
      Id: String(at),
      MessageBody: messageOf(`burst-${next + at}`, next + at),
    }));
    next += count;
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  });
  const deadline = Date.now() + 300_000;
  for (;;) {
    const { rows } = await pool.query<{ done: number; last: number }>(burstSql);
    const [row] = rows;
    if (row !== undefined && Number(row.done) === tasks) {
      const batches = await pool.query<{ batch: number; batch_ms: number }>(batchesSql);
      return {
        tasks,
        perSecond: tasks / ((Number(row.last) - began) / 1000),
        batch: Number(batches.rows[0]?.batch),
        batchMs: Number(batches.rows[0]?.batch_ms),
      };
    }
    if (Date.now() > deadline)
      throw new Error(`Of ${tasks} tasks ${row?.done} were completed in five minutes.`);
    await sleep(50);
  }
}

function localSqs(endpoint: string): SQSClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new SQSClient({ endpoint, region: 'us-east-1', credentials });
}

function messageOf(key: string, task: number): string {
  return JSON.stringify({
    type: 'task.submit',
    dedupe_key: key,
    title: 'a task of the bench',
    instruction_content: documentOf('steps', task),
  });
}
