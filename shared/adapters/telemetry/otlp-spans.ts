import { randomBytes } from 'node:crypto';
import type { SpanAttributes } from '../../ports/tracer.ts';
import { type EndedSpan, otlpRequest } from './otlp-request.ts';
import { otlpSender } from './otlp-sender.ts';
import type { SpanSource, TracerOptions } from './span-source.ts';

/** What one invocation keeps back. More is counted and told. */
const maxSpans = 2_000;

/**
 * Spans that we keep and send ourselves, in one request at the end of an invocation. What its sender does not sample is
 * not sampled here either.
 */
export function otlpSpans({ service, env, onLost }: TracerOptions): SpanSource {
  const send = otlpSender(env);
  let ended: EndedSpan[] = [];
  let dropped = 0;
  /** The wall clock is read once a flush; within it times are monotonic, and a frozen process does not shift them. */
  let anchorMs: number | null = null;
  const nowMs = () => {
    anchorMs ??= Date.now() - performance.now();
    return anchorMs + performance.now();
  };
  return {
    start(name, kind, attributes, parent) {
      const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
      const context = {
        traceId,
        spanId: randomBytes(8).toString('hex'),
        sampled: parent?.sampled ?? true,
      };
      const startMs = nowMs();
      let said: SpanAttributes = attributes;
      let error: string | null = null;
      return {
        context,
        set: more => {
          said = { ...said, ...more };
        },
        fail: message => {
          error = message;
        },
        end: () => {
          if (!context.sampled) return;
          if (ended.length >= maxSpans) dropped += 1;
          else {
            const parentSpanId = parent?.spanId ?? null;
            ended.push({
              ...context,
              parentSpanId,
              name,
              kind,
              startMs,
              endMs: nowMs(),
              attributes: said,
              error,
            });
          }
        },
      };
    },
    async flush() {
      const spans = ended;
      if (dropped > 0) onLost(`${dropped} spans beyond the ${maxSpans} that are kept until they are sent`);
      ended = [];
      dropped = 0;
      anchorMs = null;
      if (spans.length > 0) await send(otlpRequest(spans, service, env));
    },
  };
}
