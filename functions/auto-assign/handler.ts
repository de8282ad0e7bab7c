import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { composeAssignment } from '../../shared/compose.ts';
import { readBaseConfig } from '../../shared/config.ts';
import { sweepMetrics } from './metrics.ts';
import { run, type Summary } from './run.ts';

const { observe, ...dependencies } = composeAssignment(readBaseConfig(process.env), 'auto-assign');

/** The minute sweep of the backlog. */
export const handler = middy<unknown, Summary>().handler((_, context: Context) =>
  observe(context, () => run(dependencies), sweepMetrics),
);
