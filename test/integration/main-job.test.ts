// The main job on the real parts: SQS emulator, the bundle in the Lambda host, PostgreSQL, a folder.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose-client.ts';
import type { TaskDetail } from '../../shared/ports/ledger-view.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { createDocument } from '../support/messages.ts';
import { fixtureDocuments, type SeedDocument, seedDocuments } from '../support/seed-documents.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let folder: string;
let stack: Stack;
let client: ReturnType<typeof composeClient>;
let queueUrl: string;

before(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'jr-main-job-'));
  stack = await startStack({
    stateDir: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    databaseUrl: database.url,
    env: {},
  });
  queueUrl = stack.info.queues['jr-tasks'] ?? '';
  client = composeClient({
    ledger: { kind: 'url', url: database.url },
    tasksQueueUrl: queueUrl,
    local: { sqsEndpoint: stack.info.sqs_endpoint },
  });
});
after(async () => {
  await client.view.close();
  await stack.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const inWorkspace = (path: string) => join(folder, 'workspace', path);

async function put(files: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, text] of files) {
    await mkdir(dirname(inWorkspace(path)), { recursive: true });
    await writeFile(inWorkspace(path), text);
  }
}

/** Every file of the workspace with its text and the time it was written, once the journals of what ended are gone. */
async function everything(): Promise<Map<string, { text: string; mtimeMs: number }>> {
  await until(() => !existsSync(inWorkspace('.jr-work')));
  const files = new Map<string, { text: string; mtimeMs: number }>();
  const entries = await readdir(inWorkspace('.'), { recursive: true, withFileTypes: true });
  for (const entry of entries.filter(e => e.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const { mtimeMs } = await stat(path);
    files.set(path.slice(inWorkspace('.').length + 1), { text: await readFile(path, 'utf8'), mtimeMs });
  }
  return files;
}

async function clearWorkspace(): Promise<void> {
  await rm(inWorkspace('.'), { recursive: true });
  await mkdir(inWorkspace('.'));
}

function submit(fields: object): Promise<string> {
  return client.queue.send(JSON.stringify({ type: 'task.submit', ...fields }));
}

/** The task that a message became, once it rests. */
async function settled(messageId: string): Promise<TaskDetail> {
  return await until(async () => {
    const fate = await client.view.findByMessage(messageId, null);
    assert.notEqual(fate?.kind, 'rejected', 'the message was refused');
    if (fate?.kind !== 'task') return null;
    const task = await client.view.getTask(fate.taskId);
    return task !== null && ['completed', 'failed'].includes(task.status) ? task : null;
  });
}

/** Fulfilled when nothing is on the task queue, neither waiting nor in flight: everything was acknowledged. */
async function queueEmpty(): Promise<void> {
  const sqs = new SQSClient({
    endpoint: stack.info.sqs_endpoint,
    useQueueUrlAsEndpoint: false,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const counters = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const;
  await until(async () => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: [...counters] }),
    );
    return counters.every(name => Attributes?.[name] === '0') ? true : null;
  });
  sqs.destroy();
}

for (const [kind, documents] of [
  ['real seeds, or documents like them', seedDocuments],
  ['documents of this repository', fixtureDocuments],
] as const) {
  describe(`instruction files through queue, bundle and ledger: ${kind}`, () => {
    const run = async ({ text }: SeedDocument) => settled(await submit({ instruction_content: text }));

    test('every byte is the expected one, and nothing that a document contains was run', async () => {
      for (const document of documents()) {
        await clearWorkspace();
        await put(document.before);
        const task = await run(document);
        assert.equal(task.status, 'completed', `${document.name}: ${task.error_message}`);
        const files = await everything();
        assert.deepEqual(
          new Map([...files].map(([path, { text }]) => [path, text])),
          new Map(document.after),
        );
        assert.equal(files.size, 3);

        const again = await run(document);
        assert.partialDeepStrictEqual(again, {
          status: 'completed',
          result: { steps_applied: 0, steps_total: 3 },
        });
        assert.deepEqual(
          await everything(),
          files,
          `${document.name} once more changes nothing (invariant 5)`,
        );
      }
    });
  });
}

describe('SQL of the old system, verbatim', () => {
  test('a row that was inserted with a Jr is executed when its bell rings', async () => {
    await put(new Map([['docs/jr_instructions/X.md', createDocument('/ganuda/from-sql.txt', 'made')]]));
    const { rows } =
      await database.pool.query(`INSERT INTO jr_work_queue (title, description, instruction_file, assigned_jr, use_rlm, status)
VALUES ('Task Title Here', 'Description', '/ganuda/docs/jr_instructions/X.md', 'Software Engineer Jr.', false, 'pending') RETURNING id`);
    await client.queue.ring([{ taskId: rows[0].id, delaySeconds: 0 }]);
    const task = await until(async () => {
      const found = await client.view.getTask(rows[0].id);
      return found !== null && ['completed', 'failed'].includes(found.status) ? found : null;
    });
    assert.equal(task.status, 'completed', task.error_message ?? '');
    assert.equal(await readFile(inWorkspace('from-sql.txt'), 'utf8'), 'made\n');
  });

  test('psql reads it, where psql is installed', t => {
    const statement =
      "SELECT id, title, status, assigned_jr FROM jr_work_queue WHERE status = 'in_progress' AND updated_at < NOW() - interval '1 hour';";
    const { error, status, stderr } = spawnSync('psql', [database.url, '-c', statement], {
      encoding: 'utf8',
    });
    if (error !== undefined) return t.skip('psql is not installed');
    assert.equal(status, 0, stderr);
  });
});

describe('bad input', () => {
  test('each is recorded with a sentence, acknowledged, and the rest of its batch succeeds', async () => {
    await put(new Map([['empty.md', '']]));
    const rejected: [body: string, reason: RegExp][] = [
      ['this is no JSON', /^The body is not JSON/],
      ['{"type":"task.submit","instruction_content":"x","colour":"red"}', /^colour: unknown field/],
      [
        '{"type":"task.submit","instruction_content":"x","priority":"high"}',
        /^priority: expected a whole number/,
      ],
      ['{"type":"task.submit","title":"nothing to do"}', /^instruction_file, instruction_content: /],
      [
        JSON.stringify({
          type: 'task.submit',
          instruction_content: createDocument('x.txt', 'x'),
          assigned_jr: 'Nobody Jr.',
        }),
        /^assigned_jr: "Nobody Jr\."/,
      ],
      [
        '{"type":"task.submit","title":"Create it","instruction_content":"Think first."}',
        /^instruction_content: The document has no Create block/,
      ],
      [
        JSON.stringify({ type: 'task.submit', instruction_content: 'x'.repeat(1_048_576 - 60) }),
        /^instruction_content: longer than 524288/,
      ],
      ['x'.repeat(1_048_576), /^The body is not JSON/],
      ['{"type":"task.submit","instruction_file":"empty.md"}', /^instruction_file: The document is empty/],
    ];
    const failed: [file: string, reason: RegExp][] = [
      ['/ganuda/docs/missing.md', /^INSTRUCTION_MISSING: .*\/ganuda\/docs\/missing\.md/],
      ['../outside.md', /^PATH_FORBIDDEN: .*\.\.\/outside\.md/],
    ];
    const refusedIds = await Promise.all(rejected.map(([body]) => client.queue.send(body)));
    const failedIds = await Promise.all(failed.map(([file]) => submit({ instruction_file: file })));
    const goodIds = await Promise.all(
      [1, 2].map(n => submit({ instruction_content: createDocument(`good/${n}.txt`, 'x') })),
    );

    for (const [i, messageId] of refusedIds.entries()) {
      const fate = await until(() => client.view.findByMessage(messageId, null));
      assert.equal(fate.kind, 'rejected');
      if (fate.kind === 'rejected') assert.match(fate.reason, rejected[i]?.[1] ?? /never/);
    }
    for (const [i, messageId] of failedIds.entries()) {
      const task = await settled(messageId);
      assert.equal(task.status, 'failed');
      assert.match(task.error_message ?? '', failed[i]?.[1] ?? /never/);
      assert.equal(task.attempts.length, 1);
    }
    for (const messageId of goodIds) assert.equal((await settled(messageId)).status, 'completed');
    await queueEmpty();
  });
});

test('two invocations racing for one task through the Invoke API: one runs it', async () => {
  const { rows } = await database.pool.query(
    `insert into jr_work_queue (title, instruction_content) values ('race', $1) returning id`,
    [createDocument('race.txt', 'x')],
  );
  const body = JSON.stringify({ type: 'task.run', task_id: rows[0].id });
  const invoke = async () => {
    const response = await fetch(
      `${stack.info.lambda_endpoint}/2015-03-31/functions/execute-task/invocations`,
      {
        method: 'POST',
        body: JSON.stringify({ Records: [{ messageId: 'made-by-hand', body }] }),
      },
    );
    return { error: response.headers.get('x-amz-function-error'), payload: await response.json() };
  };
  const answers = await Promise.all([invoke(), invoke()]);
  assert.deepEqual(answers, Array(2).fill({ error: null, payload: { batchItemFailures: [] } }));
  assert.partialDeepStrictEqual(await client.view.getTask(rows[0].id), {
    status: 'completed',
    attempt_count: 1,
  });
});
