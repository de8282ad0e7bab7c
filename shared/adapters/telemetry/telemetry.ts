import type { SQSRecord } from 'aws-lambda';
import type { QueueMessage } from '../../domain/message.ts';
import type { Log } from '../../ports/log.ts';
import type { Metric, Metrics } from '../../ports/metrics.ts';
import type { SpanOptions, Tracer } from '../../ports/tracer.ts';
import { jsonLog } from './json-log.ts';
import { createTracer } from './tracer.ts';

/** What is known of an invocation. */
interface InvocationContext {
  readonly awsRequestId: string;
}

/** How a function tells what it does. */
export interface Telemetry {
  readonly log: Log;
  readonly tracer: Tracer;
  /**
   * Runs an invocation: its log lines carry its id, it is a span, what it did becomes metrics, and what is to be sent is
   * sent before it ends.
   */
  observe<T>(
    context: InvocationContext,
    work: () => Promise<T>,
    metricsOf?: (summary: T) => readonly Metric[],
  ): Promise<T>;
  /** The same for a batch of messages, each in the trace that it came in. */
  observeBatch<T>(
    context: InvocationContext,
    records: readonly SQSRecord[],
    work: (messages: QueueMessage[]) => Promise<T>,
    metricsOf?: (summary: T) => readonly Metric[],
  ): Promise<T>;
}

/** Log, spans and, given where they go, metrics of one function; an environment works on one invocation at a time. */
export function createTelemetry(
  functionName: string,
  env: Readonly<Record<string, string | undefined>>,
  metrics: Metrics | null = null,
): Telemetry {
  let requestId: string | null = null;
  const log = jsonLog(() => ({
    function_name: functionName,
    ...(requestId === null ? {} : { function_request_id: requestId }),
  }));
  const tracer = createTracer({
    service: functionName,
    env,
    onLost: reason => log.warn('telemetry.spans_lost', { reason }),
  });
  const invocation = async <T>(
    { awsRequestId }: InvocationContext,
    options: SpanOptions,
    metricsOf: ((summary: T) => readonly Metric[]) | undefined,
    work: (traceparents: readonly (string | null)[]) => Promise<T>,
  ): Promise<T> => {
    requestId = awsRequestId;
    const attributes = { 'faas.invocation_id': awsRequestId };
    try {
      const summary = await tracer.span(functionName, ({ traceparents }) => work(traceparents), {
        attributes,
        ...options,
      });
      if (metricsOf !== undefined) metrics?.publish(metricsOf(summary), new Date());
      return summary;
    } catch (error) {
      log.error('function.failed', { stack: error instanceof Error ? error.stack : String(error) });
      throw error;
    } finally {
      await tracer.flush();
      requestId = null;
    }
  };
  return {
    log,
    tracer,
    observe: (context, work, metricsOf) => invocation(context, {}, metricsOf, work),
    observeBatch: (context, records, work, metricsOf) => {
      // In an event that a person made by hand nothing is sure but ids and bodies.
      const received: readonly Received[] = records;
      const places = received.map(record => ({
        parent: traceparentOf(record),
        attributes: {
          'messaging.system': 'aws_sqs',
          'messaging.destination.name': record.eventSourceARN?.split(':').at(-1) ?? '',
          'messaging.message.id': record.messageId,
        },
      }));
      return invocation(context, { kind: 'consumer', in: () => places }, metricsOf, traceparents =>
        work(
          received.map(({ messageId, body, attributes }, i) => ({
            messageId,
            body,
            sentAt: new Date(Number(attributes?.SentTimestamp ?? Date.now())),
            traceparent: traceparents[i] ?? null,
          })),
        ),
      );
    },
  };
}

type Received = Pick<SQSRecord, 'messageId' | 'body'> & Partial<SQSRecord>;

function traceparentOf({ messageAttributes }: Received): string | null {
  return messageAttributes?.['traceparent']?.stringValue ?? null;
}
