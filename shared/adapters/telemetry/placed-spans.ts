import { AsyncLocalStorage } from 'node:async_hooks';
import { redact } from '../../domain/redact.ts';
import type { Tracer } from '../../ports/tracer.ts';
import type { SpanSource } from './span-source.ts';
import { parseTraceparent, type TraceContext, traceparentOf } from './trace-context.ts';

/** The tracer over a source of spans: a piece of work is a span in each trace that it belongs to. */
export function placedSpans(source: SpanSource, onLost: (reason: string) => void): Tracer {
  /** What is under way, for the spans inside it. */
  const underWay = new AsyncLocalStorage<readonly TraceContext[]>();
  return {
    async span(name, work, { kind = 'internal', attributes, in: places } = {}) {
      const begin = (parent: TraceContext | null, own = {}) =>
        source.start(name, kind, { ...attributes, ...own }, parent);
      const spans =
        places === undefined
          ? (underWay.getStore() ?? [null]).map(parent => begin(parent))
          : places().map(place => begin(parseTraceparent(place.parent), place.attributes));
      const contexts = spans.map(({ context }) => context);
      try {
        return await underWay.run(contexts, () =>
          work({
            traceparents: contexts.map(traceparentOf),
            set: more => {
              for (const span of spans) span.set(more);
            },
          }),
        );
      } catch (error) {
        const message = redact(error instanceof Error ? error.message : String(error));
        for (const span of spans) span.fail(message);
        throw error;
      } finally {
        for (const span of spans) span.end();
      }
    },
    async flush() {
      try {
        await source.flush();
      } catch (error) {
        onLost(error instanceof Error ? error.message : String(error));
      }
    },
  };
}
