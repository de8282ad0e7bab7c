import type { Span, SpanOptions, Tracer } from '../../ports/tracer.ts';
import { placedSpans } from './placed-spans.ts';
import type { SpanSource, TracerOptions } from './span-source.ts';

/**
 * Spans by OpenTelemetry when somebody takes them: an OTLP endpoint (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`), or a provider that a Lambda layer has registered. Else nothing is loaded.
 */
export function createTracer(options: TracerOptions): Tracer {
  const { env, onLost } = options;
  if (env['OTEL_SDK_DISABLED'] === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none') return noTracer;
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  // Where @opentelemetry/api keeps what is registered; a layer registers before our code is loaded.
  if (Symbol.for('opentelemetry.js.api.1') in globalThis) {
    return tracerOf(
      import('./layer-spans.ts').then(({ layerSpans }) => layerSpans()),
      onLost,
    );
  }
  if (endpoint === '') return noTracer;
  return tracerOf(
    import('./otlp-spans.ts').then(({ otlpSpans }) => otlpSpans(options)),
    onLost,
  );
}

/** The code of the spans is a chunk of its own, so that a cold start without them does not pay for it. */
function tracerOf(source: Promise<SpanSource>, onLost: (reason: string) => void): Tracer {
  const tracer = source.then(
    spans => placedSpans(spans, onLost),
    (error): Tracer => {
      onLost(`nothing is traced: ${error}`);
      return noTracer;
    },
  );
  return {
    span: async (name, work, options) => (await tracer).span(name, work, options),
    flush: async () => (await tracer).flush(),
  };
}

/** Nobody looks: the work runs, and trace contexts are handed through. */
const noTracer: Tracer = {
  span: (_name, work, options) => work(passingSpan(options)),
  flush: async () => {},
};

function passingSpan(options: SpanOptions | undefined): Span {
  return {
    get traceparents() {
      return options?.in?.().map(({ parent }) => parent) ?? [];
    },
    set: () => {},
  };
}
