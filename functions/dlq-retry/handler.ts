import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { composeLadder } from '../../shared/compose.ts';
import { readLadderConfig } from '../../shared/config.ts';
import type { QueueMessage } from '../../shared/domain/message.ts';
import { arrivalMetrics, sweepMetrics } from './metrics.ts';
import { type SweepSummary, sweep } from './run.ts';
import { takeDeadLetters } from './take-dead-letters.ts';

const { observe, observeBatch, levelOf, ...dependencies } = composeLadder(
  readLadderConfig(process.env),
  'dlq-retry',
);

/**
 * Dead letters of levels 1 and 2, or anything else for a sweep: its minute schedule, a one-time one, a person. Fails when
 * a part of the sweep failed, once the others are done, so that it is seen.
 */
export const handler = middy<SQSEvent | object, SQSBatchResponse | SweepSummary>().handler(
  async (event, context: Context) => {
    if (!('Records' in event)) {
      const remainingMs = () => context.getRemainingTimeInMillis();
      const summary = await observe(context, () => sweep(remainingMs, dependencies), sweepMetrics);
      if (summary.failed.length > 0) {
        throw new Error(
          `Of the sweep of the ladder failed: ${summary.failed.join(', ')}. The log says why; the rest is done.`,
        );
      }
      return summary;
    }
    const level = levelOf(event.Records[0]?.eventSourceARN ?? '');
    const take = (messages: readonly QueueMessage[]) => takeDeadLetters(messages, level, dependencies);
    await observeBatch(context, event.Records, take, arrivalMetrics);
    return { batchItemFailures: [] };
  },
);
