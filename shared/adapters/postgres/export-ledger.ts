import type pg from 'pg';
import type { LedgerExport, LedgerRow } from '../../ports/ledger-export.ts';
import { inTransaction } from './in-transaction.ts';
import { ledgerCall } from './pool.ts';

/** Characters of the documents that are held together; one task comes whole, whatever its size. */
const pieceLength = 2 * 1024 * 1024;

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

const entriesSql = `
select id, original_task_id as "taskId" from jr_failed_tasks_dlq
where resolution_status in ('unresolved', 'retrying') and id > $1 and id <= $2
order by id limit $3`;

/** The tasks and their ancestors, with the length of the documents that each has had. */
const tasksSql = `
with recursive wanted as (
  select unnest($1::bigint[]) as id
  union
  select w.parent_task_id from wanted join jr_work_queue w on w.id = wanted.id where w.parent_task_id is not null
)
select w.id, coalesce(length(w.instruction_content), 0) + coalesce(length(w.description), 0)
  + coalesce((select sum(length(r.instruction_content)) from jr_task_revisions r where r.task_id = w.id), 0) as length
from wanted join jr_work_queue w using (id) order by w.id`;

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

/**
 * What is open, in Postgres: a page is one snapshot, so that a task and all that belongs to it agree.
 *
 * @param pageEntries entries of one page, after which the file is synced and the ledger notes how far it has come
 */
export function postgresLedgerExport(pool: pg.Pool, pageEntries = 500): LedgerExport {
  return {
    jrs: () => ledgerCall('read the Jrs', async () => (await pool.query<LedgerRow>(jrsSql)).rows),
    page: ({ after, upTo }, put) =>
      ledgerCall('read what is open', () =>
        inTransaction(pool, async client => {
          await client.query('set transaction isolation level repeatable read, read only');
          const { rows: entries } = await client.query<{ id: number; taskId: number }>(entriesSql, [
            after,
            upTo,
            pageEntries,
          ]);
          const last = entries.at(-1);
          if (last === undefined) return null;
          const taskIds = entries.map(({ taskId }) => taskId);
          const { rows: tasks } = await client.query<{ id: number; length: number }>(tasksSql, [taskIds]);
          for (const ids of pieces(tasks)) {
            const { rows } = await client.query<LedgerRow>(rowsSql, [ids]);
            await put(rows);
          }
          return { entries: entries.length, last: last.id };
        }),
      ),
  };
}

/** So many tasks at a time that their documents together are not too long. */
function* pieces(tasks: readonly { readonly id: number; readonly length: number }[]): Generator<number[]> {
  let ids: number[] = [];
  let held = 0;
  for (const { id, length } of tasks) {
    if (ids.length > 0 && held + length > pieceLength) {
      yield ids;
      ids = [];
      held = 0;
    }
    ids.push(id);
    held += length;
  }
  yield ids;
}
