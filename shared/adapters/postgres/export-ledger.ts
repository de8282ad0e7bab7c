import type pg from 'pg';
import type { LedgerRow, LedgerSnapshot } from '../../ports/ledger-export.ts';
import { ledgerCall } from './pool.ts';

/** Tasks of one page: with their documents a few megabytes at most. */
const pageTasks = 100;

/** The tasks first, for all else refers to them. */
const tables = [
  ['jr_work_queue', 'id'],
  ['jr_task_attempts', 'task_id'],
  ['jr_step_rewards', 'task_id'],
  ['jr_task_checkpoints', 'task_id'],
  ['jr_task_approvals', 'task_id'],
  ['jr_task_revisions', 'task_id'],
  ['jr_failed_tasks_dlq', 'original_task_id'],
] as const;

/** Ids in pages; a task comes with its ancestors, which it names. */
const pageSql = `
with recursive wanted as (
  select original_task_id as id from jr_failed_tasks_dlq where resolution_status in ('unresolved', 'retrying')
  union
  select w.parent_task_id from wanted join jr_work_queue w on w.id = wanted.id where w.parent_task_id is not null
)
select id from wanted where id > $1 order by id limit ${pageTasks}`;

const rowsSql = `
${tables
  .map(
    ([table, key]) =>
      `select '${table}' as "table", to_jsonb(t) as row from ${table} t where t.${key} = any($1::bigint[])`,
  )
  .join('\nunion all\n')}
union all
select 'jr_council_votes', to_jsonb(v) from jr_council_votes v
  join jr_failed_tasks_dlq d on d.id = v.entry_id where d.original_task_id = any($1::bigint[])`;

const jrsSql = `select 'jr_status' as "table", to_jsonb(s) as row from jr_status s order by jr_name`;

/** What is open, in Postgres: one snapshot, so that what changes meanwhile is in it as it was or not at all. */
export function postgresLedgerSnapshot(pool: pg.Pool): LedgerSnapshot {
  return {
    read: work =>
      ledgerCall('read what is open', async () => {
        const client = await pool.connect();
        let broken: Error | undefined;
        try {
          await client.query('begin isolation level repeatable read read only');
          const result = await work(pages(client));
          await client.query('commit');
          return result;
        } catch (error) {
          // The connection goes, and its transaction with it.
          broken = error instanceof Error ? error : new Error(String(error));
          throw error;
        } finally {
          client.release(broken);
        }
      }),
  };
}

async function* pages(client: pg.PoolClient): AsyncGenerator<readonly LedgerRow[]> {
  yield (await client.query<LedgerRow>(jrsSql)).rows;
  let last = 0;
  for (;;) {
    const { rows } = await client.query<{ id: number }>(pageSql, [last]);
    if (rows.length === 0) return;
    last = rows.at(-1)?.id ?? last;
    yield (await client.query<LedgerRow>(rowsSql, [rows.map(({ id }) => id)])).rows;
  }
}
