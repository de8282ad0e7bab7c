import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { composeMigrate } from '../../shared/compose.ts';
import { readMigrateConfig } from '../../shared/config.ts';
import { run, type Summary } from './run.ts';

const { observe, ...dependencies } = composeMigrate(readMigrateConfig(process.env));

/** Brings the tables of the ledger up to date; `npm run deploy` invokes it. */
export const handler = middy<object, Summary>().handler(
  async (_event, context: Context) =>
    await observe(context, () => run(() => context.getRemainingTimeInMillis(), dependencies)),
);
