import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { askDrain } from '../../../cli/ask-drain.ts';

const stack = { database_url: '', sqs_endpoint: '', scheduler_endpoint: '', queues: {}, workspace: '' };

test('a runbook that failed says so once: nobody tries the command again, and what to do is another one', async t => {
  const server = createServer((_, response) => {
    response.setHeader('x-amz-function-error', 'Unhandled');
    response.end(JSON.stringify({ errorMessage: 'The ledger could not show a drain. It is tried again.' }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const local = { ...stack, lambda_endpoint: `http://127.0.0.1:${port}` };
  const answer = await askDrain({ stage: 'dev', local, functionName: name => name }, { action: 'status' });
  assert.deepEqual(answer, {
    ok: false,
    error: {
      kind: 'refused',
      message: 'The ledger could not show a drain. See what is not well: npx jr doctor --stage dev',
    },
  });
});
