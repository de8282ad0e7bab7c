export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A trace that a span belongs to. */
export interface SpanPlace {
  /** W3C trace context of what caused it: `00-<trace id>-<span id>-<flags>`. Null begins a trace. */
  readonly parent: string | null;
  readonly attributes?: SpanAttributes;
}

export interface SpanOptions {
  readonly kind?: 'internal' | 'producer' | 'consumer';
  readonly attributes?: SpanAttributes;
  /**
   * The traces that the work belongs to: it shows as a span in each of them. By default those of the work that is under
   * way, and with none under way a trace of its own. Asked only where somebody looks.
   */
  readonly in?: () => readonly SpanPlace[];
}

/** Work under way. */
export interface Span {
  /**
   * The trace context to hand on to what this work causes, one for each place, in their order. Where nothing is traced it
   * is the parent's, so that a trace goes on behind us.
   */
  readonly traceparents: readonly (string | null)[];
  /** Says more about the work, in each of its places. */
  set(attributes: SpanAttributes): void;
}

/** Shows where the time of a task goes, across the queue and the functions. Costs nothing where nobody looks. */
export interface Tracer {
  /** Runs `work` as a span; one that throws is marked as failed, and the error goes on. */
  span<T>(name: string, work: (span: Span) => Promise<T>, options?: SpanOptions): Promise<T>;
  /** Sends off what has ended. Never throws: a trace that is lost is no failure of the work. */
  flush(): Promise<void>;
}
