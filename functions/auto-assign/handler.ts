import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { composeAssignment } from '../../shared/compose.ts';
import { readBaseConfig } from '../../shared/config.ts';
import { sweepMetrics } from './metrics.ts';
import { type Summary, sweep } from './run.ts';

const { observe, ...dependencies } = composeAssignment(readBaseConfig(process.env), 'auto-assign');

/** The minute sweep of the backlog. Fails when a part failed, once the others are done, so that it is seen. */
export const handler = middy<unknown, Summary>().handler(async (_, context: Context) => {
  const remainingMs = () => context.getRemainingTimeInMillis();
  const summary = await observe(context, () => sweep(remainingMs, dependencies), sweepMetrics);
  if (summary.failed.length > 0) {
    throw new Error(
      `Of the sweep of the backlog failed: ${summary.failed.join(', ')}. The log says why; the rest is done.`,
    );
  }
  return summary;
});
