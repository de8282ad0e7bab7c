import type pg from 'pg';
import { repairKinds } from '../../ports/health-ledger.ts';
import type { Disagreement } from '../../ports/ledger-check.ts';
import { inTransaction } from './in-transaction.ts';
import { repairRows } from './repair-rows.ts';

/** Tasks of one kind that are looked for at most. */
const limit = 1_000;

/** Mends what disagrees and takes it back, so that what is found is by definition what the health sweep repairs. */
export async function findDisagreements(pool: pg.Pool, now: Date): Promise<readonly Disagreement[]> {
  return await inTransaction(pool, async client => {
    await client.query('savepoint before');
    const found: Disagreement[] = [];
    for (const kind of repairKinds) {
      const taskIds = await repairRows(client, kind, now, limit);
      if (taskIds.length > 0) found.push({ kind, task_ids: [...new Set(taskIds)].sort((a, b) => a - b) });
    }
    await client.query('rollback to savepoint before');
    return found;
  });
}
