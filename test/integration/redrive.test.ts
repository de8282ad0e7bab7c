// The crash road on the real parts: SQS redrives by receive count, dlq-retry's bundle folds it into the ledger.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import functionSpecs from '../../infra/functions.json' with { type: 'json' };
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose-client.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createDocument, editDocument } from '../support/messages.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let folder: string;
before(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'jr-redrive-'));
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function withStack(
  name: string,
  options: Pick<Parameters<typeof startStack>[0] & object, 'functions' | 'buildDir' | 'variables'>,
  work: (stack: Stack, client: ReturnType<typeof composeClient>) => Promise<void>,
): Promise<void> {
  const stack = await startStack({
    stateDir: join(folder, name),
    workspace: join(folder, 'workspace'),
    databaseUrl: database.url,
    visibilityTimeoutSeconds: 1,
    env: {},
    ...options,
  });
  const client = composeClient({
    ledger: { kind: 'url', url: database.url },
    tasksQueueUrl: stack.info.queues['jr-tasks'] ?? '',
    local: { sqsEndpoint: stack.info.sqs_endpoint },
  });
  try {
    await work(stack, client);
  } finally {
    await client.view.close();
    await stack.stop();
  }
}

const send = (client: ReturnType<typeof composeClient>, content: string) =>
  client.queue.send(JSON.stringify({ type: 'task.submit', instruction_content: content }));

async function entryOf(messageId: string) {
  const { rows } = await database.pool.query(
    `select d.*, w.status from jr_failed_tasks_dlq d join jr_work_queue w on w.id = d.original_task_id
     where w.task_key = $1`,
    [messageId],
  );
  return rows[0];
}

async function invoke(stack: Stack, name: string) {
  const response = await fetch(`${stack.info.lambda_endpoint}/2015-03-31/functions/${name}/invocations`, {
    method: 'POST',
    body: '{}',
  });
  assert.equal(response.headers.get('x-amz-function-error'), null);
  return await response.json();
}

/** How many messages wait on a queue of the ladder. */
async function depth(stack: Stack, queue: string): Promise<number> {
  const sqs = new SQSClient({
    endpoint: stack.info.sqs_endpoint,
    useQueueUrlAsEndpoint: false,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: stack.info.queues[queue],
      AttributeNames: ['ApproximateNumberOfMessages'],
    }),
  );
  sqs.destroy();
  return Number(Attributes?.['ApproximateNumberOfMessages']);
}

test('a message whose function dies climbs from level 0 to level 1 by its receive count and is in the ledger', async () => {
  const functions = {
    ...functionSpecs,
    'execute-task': {
      ...functionSpecs['execute-task'],
      handler: 'test/integration/stack/fixtures/deadly.ts',
    },
  };
  await withStack('deadly', { functions, buildDir: join(folder, 'build') }, async (_stack, client) => {
    const messageId = await send(client, createDocument('climbed.txt', 'x'));
    const entry = await until(() => entryOf(messageId), 30_000);
    assert.partialDeepStrictEqual(entry, {
      status: 'failed',
      resolution_status: 'retrying',
      escalation_level: 1,
      error_code: 'LEDGER_UNAVAILABLE',
    });
  });
});

test('with the ledger away it climbs to level 3, and the sweep folds it back when the ledger answers', async () => {
  let messageId = '';
  // As long as it has time it waits for the ledger: nearly none of it is for that.
  const functions = {
    ...functionSpecs,
    'execute-task': { ...functionSpecs['execute-task'], timeout_seconds: 11 },
  };
  await withStack(
    'away',
    { functions, variables: { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' } },
    async (stack, client) => {
      messageId = await send(client, createDocument('folded.txt', 'x'));
      await until(async () => (await depth(stack, 'jr-dlq-3-council')) === 1, 60_000);
      assert.equal(await entryOf(messageId), undefined);
    },
  );
  await withStack('away', {}, async (stack, client) => {
    await invoke(stack, 'dlq-retry');
    const fate = await until(() => client.view.findByMessage(messageId, null));
    assert.equal(fate?.kind, 'task');
    const task = await until(async () => {
      const found = fate?.kind === 'task' ? await client.view.getTask(fate.taskId) : null;
      return found?.status === 'completed' ? found : null;
      // Its retry is spread over a quarter of a minute, so that an outage does not end in a stampede.
    }, 40_000);
    assert.equal(task.attempt_count, 1);
    assert.equal(await readFile(join(folder, 'workspace/folded.txt'), 'utf8'), 'x\n');
    // The sweep of the backlog may have rung for it before its arrival was recorded: then it never had an entry.
    const entry = await entryOf(messageId);
    if (entry !== undefined) {
      assert.partialDeepStrictEqual(entry, { resolution_status: 'resolved', retry_count: 0 });
    }
  });
});

test('a failure that a person has to look at is a notice in a folder after the sweep', async () => {
  await withStack('notice', {}, async (stack, client) => {
    const messageId = await send(client, `# Mend the roof\n\n${editDocument('nowhere.txt', 'a', 'b')}`);
    await until(() => entryOf(messageId));
    await invoke(stack, 'dlq-retry');
    // The stack's own minute sweep may have been there first.
    const notices = join(folder, 'notice/notices');
    const notice = await until(async () =>
      (await readdir(notices).catch(() => [])).find(name => name.endsWith('.txt')),
    );
    const text = await readFile(join(notices, notice), 'utf8');
    assert.match(
      text,
      /^\[jr-executor\] TPM: task \d+ FILE_NOT_FOUND\n\nMend the roof \(task \d+, no Jr\) waits for you/,
    );
    assert.match(text, /jr dlq replay \d+/);
  });
});
