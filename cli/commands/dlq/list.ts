import { type ResolutionStatus, resolutionStatuses } from '../../../shared/domain/intervention.ts';
import type { Level } from '../../../shared/domain/ladder.ts';
import { describeEntries } from '../../dlq-text.ts';
import { exitCodes } from '../../failures.ts';
import { print } from '../../print.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly level?: Level;
  readonly status: ResolutionStatus | 'open' | 'all';
  readonly limit: number;
  readonly json?: boolean;
}

/** `jr dlq list`: the entries that were asked for, and the counts of the whole queue. */
export async function list({ level, status, limit, json }: Options): Promise<number> {
  return await withStack(async ({ dlq }) => {
    const entries = await dlq.listEntries({ level: level ?? null, statuses: statusesOf(status), limit });
    const summary = await dlq.summary();
    print(
      `${json ? JSON.stringify({ summary, entries }) : describeEntries(entries, summary, status === 'open' && level === undefined)}\n`,
    );
    return exitCodes.done;
  });
}

function statusesOf(status: Options['status']): readonly ResolutionStatus[] {
  if (status === 'all') return resolutionStatuses;
  return status === 'open' ? ['unresolved', 'retrying'] : [status];
}
