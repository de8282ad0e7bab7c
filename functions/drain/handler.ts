import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { composeDrain } from '../../shared/compose.ts';
import { readConfig } from '../../shared/config.ts';
import { type Answer, misasked } from './dependencies.ts';
import { drainMetrics } from './metrics.ts';
import { run } from './run.ts';

const { observe, decodePayload, help, ...dependencies } = composeDrain(readConfig(process.env), 'drain');

/** The runbook, invoked by a person or by its own schedules. An empty payload answers where things stand and what there is. */
export const handler = middy<unknown, Answer>().handler(async (payload, context: Context) => {
  const decoded = decodePayload(payload);
  if (decoded.kind === 'rejected') {
    return misasked(decoded.action, decoded.message, { help });
  }
  const { request } = decoded;
  const remainingMs = () => context.getRemainingTimeInMillis();
  const answer = await observe(context, () => run({ request, remainingMs }, dependencies), drainMetrics);
  return request.action === 'help' ? { ...answer, help } : answer;
});
