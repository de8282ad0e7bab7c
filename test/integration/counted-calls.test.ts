// What the cost is computed from is what the functions call now.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Calls } from '../bench/cost/calls.ts';
import { countCalls } from '../bench/cost/count-calls.ts';
import { counted } from '../bench/cost/counted.ts';

/** By so much the bytes of a log may be off, which hold times and numbers, before the cost has to be computed anew. */
const closeEnough = 0.2;

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
  for (const [what, calls, then] of pairs)
    for (const [name, count] of Object.entries(calls)) {
      const before = new Map<string, number>(Object.entries(then)).get(name) ?? Number.NaN;
      assert.ok(
        name === 'logBytes' ? Math.abs(count - before) <= before * closeEnough : count === before,
        `${what}: ${count} ${name}, the cost was computed from ${before}: npm run bench:cost counts anew`,
      );
    }
});
