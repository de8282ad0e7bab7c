import type { SpanAttributes, SpanOptions } from '../../ports/tracer.ts';
import type { TraceContext } from './trace-context.ts';

export interface TracerOptions {
  /** `service.name` of the spans, unless OTEL_SERVICE_NAME says another. */
  readonly service: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told when spans could not be sent. They are lost, the work is not. */
  readonly onLost: (reason: string) => void;
}

/** One span that has begun. */
export interface OpenSpan {
  readonly context: TraceContext;
  set(attributes: SpanAttributes): void;
  /** Marks it as failed. */
  fail(message: string): void;
  end(): void;
}

/** Where spans are made and where they go. */
export interface SpanSource {
  /** @param parent null begins a trace, or goes on with the invocation's where a layer traces that */
  start(
    name: string,
    kind: NonNullable<SpanOptions['kind']>,
    attributes: SpanAttributes,
    parent: TraceContext | null,
  ): OpenSpan;
  /** Sends what has ended. @throws when it could not */
  flush(): Promise<void>;
}
