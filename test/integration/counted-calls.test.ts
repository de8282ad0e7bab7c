// What the cost is computed from is what the functions call now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Calls } from '../bench/cost/calls.ts';
import { countCalls } from '../bench/cost/count-calls.ts';
import { counted } from '../bench/cost/counted.ts';

test('a batch and an idle sweep make the calls that the cost was computed from', async () => {
  const now = await countCalls();
  const pairs: [string, Calls, Calls][] = [
    ['steps', now.batches.steps, counted.calls.batches.steps],
    ['files', now.batches.files, counted.calls.batches.files],
    ...(['auto-assign', 'dlq-retry', 'health-sweep'] as const).map((name): [string, Calls, Calls] => [
      name,
      now.sweeps[name],
      counted.calls.sweeps[name],
    ]),
  ];
  for (const [name, { logBytes, ...calls }, { logBytes: bytesThen, ...callsThen }] of pairs) {
    assert.deepEqual(calls, callsThen, `${name} calls otherwise: npm run bench:cost counts anew`);
    // A duration or an id has a digit more or less.
    assert.ok(Math.abs(logBytes - bytesThen) <= 200, `${name}: ${logBytes} bytes of log, ${bytesThen} then`);
  }
});
