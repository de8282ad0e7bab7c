import middy from '@middy/core';
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { compose } from '../../shared/compose.ts';
import { readConfig } from '../../shared/config.ts';
import { run } from './run.ts';

const dependencies = compose(readConfig(process.env), { function_name: 'execute-task' });

/** Executes a batch of task messages; those named in the response come again, the others are done with. */
export const handler = middy<SQSEvent, SQSBatchResponse>().handler(async (event, context: Context) => {
  const { returned } = await run(
    {
      messages: event.Records.map(({ messageId, body }) => ({ messageId, body })),
      requestId: context.awsRequestId,
      remainingMs: () => context.getRemainingTimeInMillis(),
    },
    dependencies,
  );
  return { batchItemFailures: returned.map(itemIdentifier => ({ itemIdentifier })) };
});
