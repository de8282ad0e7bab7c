import type pg from 'pg';
import type { LedgerRestore, LedgerRow } from '../../ports/ledger-export.ts';
import { inTransaction } from './in-transaction.ts';
import { ledgerCall } from './pool.ts';
import { toJson } from './to-json.ts';

/** What an export holds, in the order in which rows refer to one another. */
const tables = [
  'jr_status',
  'jr_work_queue',
  'jr_task_attempts',
  'jr_step_rewards',
  'jr_task_checkpoints',
  'jr_task_approvals',
  'jr_task_revisions',
  'jr_failed_tasks_dlq',
  'jr_council_votes',
];

const heldSql = `
select (select count(*) from jr_work_queue) as tasks, (select count(*) from jr_failed_tasks_dlq) as entries`;

/** Nobody writes into the ledger while it is filled, and it is still empty then. */
const lockSql = `
lock table jr_work_queue, jr_failed_tasks_dlq in share row exclusive mode`;

/** A parent may come after its child: whether all are there is asked at the end. */
const parentsLaterSql = 'set constraints all deferred';

/** The Jrs that every ledger begins with, where the export has them too: as it has them they are put back. */
const makeWaySql = `
delete from jr_status j using jsonb_populate_recordset(null::jr_status, $1::jsonb) r where r.jr_name = j.jr_name`;

/** A task that others descend from may come more than once. */
const insertSql = (table: string) => `
insert into ${table}
select r.* from jsonb_populate_recordset(null::${table}, $1::jsonb) r on conflict do nothing`;

const identitiesSql = `
select c.relname as "table", a.attname as "column" from pg_attribute a join pg_class c on c.oid = a.attrelid
where a.attidentity <> '' and not a.attisdropped and c.relname = any($1)`;

/** New ids go on after the highest that came. */
const sequenceSql = (table: string, column: string) => `
select setval(pg_get_serial_sequence('${table}', '${column}'), (select coalesce(max(${column}), 1) from ${table}))`;

/** Puts an export into an empty ledger, in Postgres. */
export function postgresLedgerRestore(pool: pg.Pool): LedgerRestore {
  return {
    held: () => ledgerCall('count what it holds', () => held(pool)),
    restore: pages =>
      ledgerCall('take an export in', () =>
        inTransaction(pool, async client => {
          await client.query(lockSql);
          const { tasks, entries } = await held(client);
          if (tasks + entries > 0) throw new Error('The ledger is not empty any more: nothing was restored.');
          return await fill(client, pages);
        }),
      ),
  };
}

async function held(db: pg.Pool | pg.PoolClient): Promise<{ tasks: number; entries: number }> {
  const { rows } = await db.query<{ tasks: number; entries: number }>(heldSql);
  return rows[0] ?? { tasks: 0, entries: 0 };
}

async function fill(
  client: pg.PoolClient,
  pages: AsyncIterable<readonly LedgerRow[]>,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  await client.query(parentsLaterSql);
  for await (const page of pages) {
    for (const table of tables) {
      const rows = page.flatMap(each => (each.table === table ? [each.row] : []));
      if (rows.length === 0) continue;
      const values = [toJson(rows.map(row => withoutTies(table, row)))];
      if (table === 'jr_status') await client.query(makeWaySql, values);
      const { rowCount } = await client.query(insertSql(table), values);
      counts[table] = (counts[table] ?? 0) + (rowCount ?? 0);
    }
  }
  const identities = await client.query<{ table: string; column: string }>(identitiesSql, [tables]);
  for (const { table, column } of identities.rows) await client.query(sequenceSql(table, column));
  return counts;
}

/**
 * Drain runs are no part of an export, so no entry belongs to one; and what runs was exported at other moments than the
 * Jr that it is counted for.
 */
function withoutTies(table: string, row: LedgerRow['row']): LedgerRow['row'] {
  if (table === 'jr_status') return { ...row, running_since: null };
  return table === 'jr_failed_tasks_dlq' ? { ...row, drain_run_id: null } : row;
}
