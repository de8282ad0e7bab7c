/** A span as others name it: lower case hex, and whether its sender wants it recorded. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Reads a W3C `traceparent`. Null for none and for nonsense: whoever sends that has no trace to go on. */
export function parseTraceparent(text: string | null): TraceContext | null {
  const parts = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(text ?? '');
  if (parts === null) return null;
  const [, traceId = '', spanId = '', flags = ''] = parts;
  // The standard calls ids of zeros invalid.
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

export function traceparentOf({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
