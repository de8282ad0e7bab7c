// What a collector gets of the functions that no task's message invokes: the sweeps and the runbook.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { sweep as assign } from '../../functions/auto-assign/run.ts';
import { sweep as climb } from '../../functions/dlq-retry/run.ts';
import { sweep as checkHealth } from '../../functions/health-sweep/run.ts';
import { createTelemetry } from '../../shared/adapters/telemetry/telemetry.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import { drainsOf } from '../support/drains.ts';
import { createExecution, dispatchOf, type Execution, healthOf, ladderOf } from '../support/execution.ts';
import { insertFailed } from '../support/failed-kinds.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';

let execution: Execution;
let receiver: OtlpReceiver;
before(async () => {
  execution = await createExecution();
  receiver = await startOtlpReceiver();
});
after(async () => {
  receiver.close();
  await execution.close();
});
beforeEach(() => {
  receiver.spans.length = 0;
});

/** One invocation of a function: the names of its spans in the order of their ends, all of one trace. */
async function spansOf(name: string, work: (tracer: Tracer) => Promise<unknown>): Promise<string[]> {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint };
  const { observe, tracer } = createTelemetry(name, env);
  await observe({ awsRequestId: 'request-1' }, () => work(tracer));
  const whole = receiver.spans.at(-1);
  assert.deepEqual([whole?.name, whole?.parentSpanId], [name, undefined]);
  assert.equal(whole?.attributes['faas.invocation_id'], 'request-1');
  const parts = receiver.spans.slice(0, -1);
  for (const part of parts) {
    assert.equal(part.traceId, whole?.traceId);
    assert.equal(part.parentSpanId, whole?.spanId, part.name);
  }
  return parts.map(part => part.name);
}

test('a sweep is a trace with a span for each of its parts', async () => {
  const sweeps: Record<string, [(tracer: Tracer) => Promise<unknown>, string[]]> = {
    'dlq-retry': [
      tracer => climb(() => 60_000, { ...ladderOf(execution).deps, tracer }),
      ['fold back', 'raise overdue', 'ring due', 'announce'],
    ],
    'auto-assign': [
      tracer => assign(() => 60_000, { ...dispatchOf(execution), tracer }),
      ['lost bells', 'dispatch', 'who is there'],
    ],
    'health-sweep': [
      tracer => checkHealth(() => 60_000, { ...healthOf(execution), tracer }),
      ['leases', 'jrs', 'ladder', 'service_levels'],
    ],
  };
  for (const [name, [sweep, some]] of Object.entries(sweeps)) {
    receiver.spans.length = 0;
    const parts = await spansOf(name, sweep);
    assert.deepEqual(
      parts.filter(part => some.includes(part)),
      some,
      `${name}: ${parts}`,
    );
  }
});

test('a drain is a trace with a span for each of its steps, by the number of its run', async () => {
  await insertFailed(execution.database.pool, { network: 2 }, execution.now);
  const drains = drainsOf(execution);
  const payload = { action: 'drain', operator: 'ada', reason: 'the network is back' };
  const steps = await spansOf('drain', tracer => drains.invoke(payload, { ...drains.deps, tracer }));
  assert.deepEqual(steps, [
    'drain categorize',
    'drain claim',
    'drain requeue',
    'drain claim',
    'drain verify',
    'drain end',
  ]);
  assert.deepEqual(
    new Set(receiver.spans.slice(0, -1).map(span => span.attributes['jr.drain_run_id'])),
    new Set(['1']),
  );
});
