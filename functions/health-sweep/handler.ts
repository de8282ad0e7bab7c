import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { composeHealth } from '../../shared/compose.ts';
import { readBaseConfig } from '../../shared/config.ts';
import { sweepMetrics } from './metrics.ts';
import { type SweepSummary, sweep } from './run.ts';

const { observe, ...dependencies } = composeHealth(readBaseConfig(process.env), 'health-sweep');

/** Its five-minute schedule, or a person. Fails when a part failed, once the others are done, so that it is seen. */
export const handler = middy<object, SweepSummary>().handler(async (_, context: Context) => {
  const summary = await observe(
    context,
    () => sweep(() => context.getRemainingTimeInMillis(), dependencies),
    sweepMetrics,
  );
  if (summary.failed.length > 0) {
    throw new Error(
      `Of the health sweep failed: ${summary.failed.join(', ')}. The log says why; the rest is done.`,
    );
  }
  return summary;
});
