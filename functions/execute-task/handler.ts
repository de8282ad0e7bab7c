import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { compose } from '../../shared/compose.ts';
import { readConfig } from '../../shared/config.ts';
import { batchMetrics } from './metrics.ts';
import { run } from './run.ts';

const { observeBatch, ...dependencies } = compose(readConfig(process.env), 'execute-task');

const takes =
  'execute-task takes messages of the queue, such as {"Records": [{"messageId": "1", "body": "{\\"type\\": \\"task.run\\", \\"task_id\\": 17}"}]}. To hand in a document, send it to the queue, or: jr submit FILE.';

/** Executes a batch of task messages; those named in the response come again, the others are done with. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(async (event, context: Context) => {
  // A person may invoke it too, and is told what it takes.
  if (!Array.isArray(event.Records)) throw new TypeError(takes);
  const remainingMs = () => context.getRemainingTimeInMillis();
  const { returned } = await observeBatch(
    context,
    event.Records,
    messages => run({ messages, requestId: context.awsRequestId, remainingMs }, dependencies),
    batchMetrics,
  );
  return { batchItemFailures: returned.map(itemIdentifier => ({ itemIdentifier })) };
});
