import type { SpanAttributes, SpanOptions } from '../../ports/tracer.ts';
import type { TraceContext } from './trace-context.ts';

/** A span with its times in milliseconds since 1970, fractions included. */
export interface EndedSpan extends TraceContext {
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly kind: NonNullable<SpanOptions['kind']>;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  /** Why it failed; null when it did not. */
  readonly error: string | null;
}

/** Numbers of opentelemetry.proto.trace.v1.Span.SpanKind. */
const kinds = { internal: 1, producer: 4, consumer: 5 };

/** The number of opentelemetry.proto.trace.v1.Status.StatusCode that says error. */
const statusError = 2;

/** The body of an OTLP/HTTP request in JSON. Source: opentelemetry-proto, and "JSON Protobuf Encoding" of OTLP 1. */
export function otlpRequest(
  spans: readonly EndedSpan[],
  service: string,
  env: Readonly<Record<string, string | undefined>>,
): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(resourceOf(service, env)) },
        scopeSpans: [{ scope: { name: 'jr-executor' }, spans: spans.map(toOtlp) }],
      },
    ],
  };
}

function toOtlp({ traceId, spanId, parentSpanId, name, kind, startMs, endMs, attributes, error }: EndedSpan) {
  return {
    traceId,
    spanId,
    ...(parentSpanId === null ? {} : { parentSpanId }),
    name,
    kind: kinds[kind],
    startTimeUnixNano: nanoseconds(startMs),
    endTimeUnixNano: nanoseconds(endMs),
    attributes: keyValues(attributes),
    status: error === null ? {} : { code: statusError, message: error },
  };
}

/** What says which service of which stage it was. What the user says wins over what Lambda says. */
function resourceOf(service: string, env: Readonly<Record<string, string | undefined>>): SpanAttributes {
  const said = (env['OTEL_RESOURCE_ATTRIBUTES'] ?? '').split(',').flatMap(pair => {
    const [name = '', value] = pair.split('=', 2);
    return value === undefined ? [] : [[name.trim(), decodeURIComponent(value.trim())] as const];
  });
  const lambda = [
    ['faas.name', env['AWS_LAMBDA_FUNCTION_NAME']],
    ['faas.version', env['AWS_LAMBDA_FUNCTION_VERSION']],
    ['cloud.region', env['AWS_REGION']],
  ].flatMap(([name, value]) => (name === undefined || value === undefined ? [] : [[name, value] as const]));
  const name = env['OTEL_SERVICE_NAME'];
  return {
    'service.name': service,
    'service.namespace': 'jr-executor',
    ...Object.fromEntries(lambda),
    ...Object.fromEntries(said),
    ...(name === undefined || name === '' ? {} : { 'service.name': name }),
  };
}

function keyValues(attributes: SpanAttributes) {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  // 64 bit numbers are strings in the JSON of protobuf.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** As a decimal string: the number is beyond what a double holds. */
function nanoseconds(ms: number): string {
  const whole = Math.floor(ms);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1_000_000)));
}
