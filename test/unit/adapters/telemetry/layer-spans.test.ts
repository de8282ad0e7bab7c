// The spans that a Lambda layer takes, which registers its provider with @opentelemetry/api before our code is loaded.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Context, type Link, type SpanOptions, type SpanStatus, trace } from '@opentelemetry/api';
import { createTracer } from '../../../../shared/adapters/telemetry/tracer.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const made: {
  name: string;
  parent: string | undefined;
  links: Link[];
  attributes: object;
  status?: SpanStatus;
}[] = [];
let ended = 0;
let flushed = 0;

/** What the layer's SDK does, as far as it is used. */
const provider = {
  getTracer: () => ({
    startSpan(name: string, options: SpanOptions = {}, parent?: Context) {
      const attributes = { ...options.attributes };
      const cause = parent === undefined ? undefined : trace.getSpanContext(parent);
      const entry: (typeof made)[number] = {
        name,
        parent: cause?.spanId,
        links: options.links ?? [],
        attributes,
      };
      made.push(entry);
      const spanId = made.length.toString(16).padStart(16, '0');
      const span = trace.wrapSpanContext({ traceId: cause?.traceId ?? traceId, spanId, traceFlags: 1 });
      span.setAttributes = more => {
        Object.assign(attributes, more);
        return span;
      };
      span.setStatus = status => {
        entry.status = status;
        return span;
      };
      span.end = () => {
        ended += 1;
      };
      return span;
    },
    startActiveSpan: () => assert.fail('spans are handed on, not made active'),
  }),
  forceFlush: async () => {
    flushed += 1;
  },
};

after(() => trace.disable());

test('go to its provider, in the trace of the message, and are flushed before the invocation ends', async () => {
  trace.setGlobalTracerProvider(provider);
  // The endpoint that layers set is theirs.
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };
  const tracer = createTracer({ service: 'execute-task', env, onLost: reason => assert.fail(reason) });
  const parent = `00-${traceId}-00f067aa0ba902b7-01`;
  const failed = tracer.span(
    'execute-task',
    async span => {
      span.set({ 'jr.task_id': 7 });
      assert.deepEqual(span.traceparents, [`00-${traceId}-0000000000000001-01`]);
      await tracer.span('claim', async () => {
        throw new Error('away');
      });
    },
    { in: () => [{ parent, attributes: { a: 1 } }] },
  );
  await assert.rejects(failed, /away/);
  await tracer.flush();
  assert.partialDeepStrictEqual(made, [
    { name: 'execute-task', parent: '00f067aa0ba902b7', attributes: { a: 1, 'jr.task_id': 7 } },
    { name: 'claim', parent: '0000000000000001', status: { code: 2, message: 'away' } },
  ]);
  assert.deepEqual([ended, flushed], [2, 1]);
});
