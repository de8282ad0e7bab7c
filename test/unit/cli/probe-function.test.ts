import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { probeFunction } from '../../../cli/invoke-function.ts';

test('of a function that hangs the checklist says that it did not answer, not that a request was aborted', async t => {
  const patience = new AbortController();
  const server = createServer(() => patience.abort()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const local = {
    database_url: '',
    sqs_endpoint: '',
    scheduler_endpoint: '',
    lambda_endpoint: `http://127.0.0.1:${port}`,
    queues: {},
    workspace: '',
  };
  await assert.rejects(
    probeFunction({ local, functionName: name => name }, 'drain', true, patience.signal),
    /^Error: no answer within 20 s$/,
  );
});
