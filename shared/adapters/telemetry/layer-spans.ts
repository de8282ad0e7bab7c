import {
  type Context,
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { SpanSource } from './span-source.ts';
import type { TraceContext } from './trace-context.ts';

const kinds = { internal: SpanKind.INTERNAL, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

/** Spans of the provider that a Lambda layer, or whoever hosts us, has registered with `@opentelemetry/api`. */
export function layerSpans(): SpanSource {
  const tracer = trace.getTracer('jr-executor');
  return {
    start(name, kind, attributes, parent) {
      const invocation = trace.getSpanContext(context.active());
      // A span in the trace of a message is linked to the invocation that the layer traces.
      const links = parent === null || invocation === undefined ? [] : [{ context: invocation }];
      const options = { kind: kinds[kind], attributes: { ...attributes }, links };
      const span = tracer.startSpan(name, options, parent === null ? context.active() : remote(parent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      return {
        context: { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 },
        set: more => void span.setAttributes({ ...more }),
        fail: message => void span.setStatus({ code: SpanStatusCode.ERROR, message }),
        end: () => span.end(),
      };
    },
    async flush() {
      // A frozen Lambda sends nothing by itself. The API knows no flush, the providers of the SDK do.
      const proxy: object = trace.getTracerProvider();
      const provider: unknown =
        'getDelegate' in proxy && typeof proxy.getDelegate === 'function' ? proxy.getDelegate() : proxy;
      if (isFlushing(provider)) await provider.forceFlush();
    },
  };
}

function isFlushing(provider: unknown): provider is { forceFlush(): Promise<void> } {
  return (
    typeof provider === 'object' &&
    provider !== null &&
    'forceFlush' in provider &&
    typeof provider.forceFlush === 'function'
  );
}

function remote({ traceId, spanId, sampled }: TraceContext): Context {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}
