import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Stack, startStack } from '../../infra/local/stack.ts';
import { composeClient } from '../../shared/compose-client.ts';
import type { TaskDetail } from '../../shared/ports/ledger-view.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { editDocument } from '../support/messages.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let folder: string;
let stack: Stack;
let client: ReturnType<typeof composeClient>;

before(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'jr-syntax-'));
  stack = await startStack({
    stateDir: join(folder, 'state'),
    workspace: join(folder, 'workspace'),
    // Far from the checkout, so that the grammars can only be found beside the bundle.
    databaseUrl: database.url,
    env: {},
  });
  client = composeClient({
    ledger: { kind: 'url', url: database.url },
    tasksQueueUrl: stack.info.queues['jr-tasks'] ?? '',
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

async function execute(document: string): Promise<TaskDetail> {
  const messageId = await client.queue.send(
    JSON.stringify({ type: 'task.submit', instruction_content: document }),
  );
  return await until(async () => {
    const fate = await client.view.findByMessage(messageId, null);
    const task = fate?.kind === 'task' ? await client.view.getTask(fate.taskId) : null;
    return task !== null && ['completed', 'failed'].includes(task.status) ? task : null;
  });
}

const broken: readonly (readonly [path: string, before: string, search: string, replace: string])[] = [
  ['a.py', 'def f():\n    x = 1\n    return x\n', '    x = 1', '    x = 1\n      y = 2'],
  ['a.js', 'f(1);\n', 'f(1);', 'f(1;'],
  ['a.ts', 'const x: number = 1;\n', 'const x: number = 1;', 'const x: number = ;'],
  ['a.tsx', 'const a = <p>x</p>;\n', 'const a = <p>x</p>;', 'const a = <p>x</q>;'],
  ['a.json', '{\n  "a": 1\n}\n', '  "a": 1', '  "a": 1,'],
  ['a.yaml', 'a: 1\nb: 2\n', 'b: 2', 'b: [2'],
  ['a.toml', 'a = 1\n', 'a = 1', 'a ='],
  ['a.sh', 'if x; then\n  y\nfi\n', 'fi', ''],
];

for (const [path, text, search, replace] of broken) {
  test(`the bundle refuses an edit that breaks ${path}, and touches nothing`, async () => {
    await writeFile(inWorkspace(path), text);
    const task = await execute(editDocument(path, search, replace));
    assert.equal(task.status, 'failed');
    assert.match(
      task.error_message ?? '',
      new RegExp(`^SYNTAX_ERROR: ${path} would not parse: line \\d+, column \\d+: `),
    );
    assert.equal(await readFile(inWorkspace(path), 'utf8'), text);
  });
}

test('an edit of a file that was broken before is made', async () => {
  await writeFile(inWorkspace('old.py'), 'print "two"\nx = (\n');
  const task = await execute(editDocument('old.py', 'print "two"', 'print("three")'));
  assert.equal(task.status, 'completed', task.error_message ?? '');
  assert.equal(await readFile(inWorkspace('old.py'), 'utf8'), 'print("three")\nx = (\n');
});
