import type pg from 'pg';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import type { Contestant, Session, Work } from '../contestant.ts';
import { documentOf, nextDocuments } from '../documents.ts';
import { inPortions, submitters } from '../portions.ts';
import { filesOf, makeTaskFolder, writeDurably } from '../write-durably.ts';

/** As many as jr-executor: it is faster with them than with fewer. */
const connections = 10;

/**
 * The fewest statements that any executor with leases, fences and checkpoints needs: claim a batch, record its steps,
 * complete it. Nothing else is kept: no attempts, no ladder, no results.
 */
export const floor: Contestant = {
  settings: `hand-written; batches of 10, ${connections} connections, prepared statements`,
  async open({ databaseUrl, folder }) {
    const pool = createPool({ databaseUrl, max: connections, onIdleError: error => console.error(error) });
    await pool.query(tablesSql);
    return session(pool, folder);
  },
};

const tablesSql = `
create table if not exists floor_task (
  id bigint generated always as identity primary key,
  payload jsonb not null,
  status text not null default 'pending',
  lease_epoch bigint not null default 0,
  lease_expires_at timestamptz,
  retry_count int not null default 0,
  not_before timestamptz,
  error text,
  completed_at timestamptz
);
create index if not exists floor_task_waiting on floor_task (id) where status = 'pending';
create table if not exists floor_step (
  task_id bigint not null,
  step_number int not null,
  content_hash text not null,
  result text not null,
  primary key (task_id, step_number)
)`;

const insertSql = `
insert into floor_task (payload) select * from unnest($1::jsonb[])`;

// LIMIT as a literal: with a parameter the prepared statement gets a generic plan that scans the table.
const claimSql = `
update floor_task t
set status = 'running', lease_epoch = t.lease_epoch + 1, lease_expires_at = $1
from (select id from floor_task where status = 'pending' and (not_before is null or not_before <= $2)
  order by id limit 10 for update skip locked) due
where t.id = due.id
returning t.id, t.lease_epoch as epoch, t.payload`;

const recordSql = `
insert into floor_step (task_id, step_number, content_hash, result)
select s.task_id, s.step_number, s.content_hash, 'success'
from unnest($1::bigint[], $2::bigint[], $3::int[], $4::text[]) as s(task_id, epoch, step_number, content_hash)
join floor_task t on t.id = s.task_id and t.lease_epoch = s.epoch`;

const completeSql = `
update floor_task t set status = 'completed', lease_expires_at = null, completed_at = $3
from unnest($1::bigint[], $2::bigint[]) as e(id, epoch)
where t.id = e.id and t.lease_epoch = e.epoch`;

const failSql = `
update floor_task t
set status = 'pending', lease_expires_at = null, retry_count = retry_count + 1, not_before = $3, error = $4
from unnest($1::bigint[], $2::bigint[]) as e(id, epoch)
where t.id = e.id and t.lease_epoch = e.epoch`;

interface Row {
  readonly id: number;
  readonly epoch: number;
}

const hash = 'a'.repeat(64);

function session(pool: pg.Pool, folder: string): Session {
  const prepared = (name: string, text: string, values: unknown[]) => pool.query<Row>({ name, text, values });
  const insert = (count: number, work: Work) =>
    pool.query(insertSql, [nextDocuments(work, count).map(document => JSON.stringify({ document }))]);

  async function record(tasks: readonly Row[], steps: readonly number[]) {
    const rows = tasks.flatMap(task => steps.map(step => ({ ...task, step })));
    await prepared('record', recordSql, [
      rows.map(({ id }) => id),
      rows.map(({ epoch }) => epoch),
      rows.map(({ step }) => step),
      rows.map(() => hash),
    ]);
  }

  async function work(kind: Work): Promise<void> {
    for (;;) {
      const now = new Date();
      const { rows } = await prepared('claim', claimSql, [new Date(now.getTime() + 75_000), now]);
      if (rows.length === 0) return;
      const ids = rows.map(({ id }) => id);
      const epochs = rows.map(({ epoch }) => epoch);
      if (kind === 'failing') {
        const later = new Date(now.getTime() + 120_000);
        await prepared('fail', failSql, [ids, epochs, later, 'it failed']);
        continue;
      }
      if (kind === 'files') {
        for (const { id } of rows) {
          await makeTaskFolder(folder, id);
          for (const file of filesOf(id)) await writeDurably(folder, file);
        }
      }
      if (kind !== 'no-op') await record(rows, [1, 2, 3]);
      await prepared('complete', completeSql, [ids, epochs, new Date()]);
    }
  }

  return {
    async seed(tasks, work) {
      for (let left = tasks; left > 0; left -= 1_000) await insert(Math.min(left, 1_000), work);
    },
    async drain(_, kind) {
      await Promise.all(Array.from({ length: connections }, () => work(kind)));
      return {};
    },
    async submit(tasks, portion) {
      await inPortions(tasks, portion, submitters, count => insert(count, 'steps'));
    },
    async addFinished(tasks) {
      for (let left = tasks; left > 0; left -= 20_000)
        await pool.query(
          `with tasks as (
           insert into floor_task (payload, status, lease_epoch, completed_at)
           select $1::jsonb, 'completed', 1, $2 from generate_series(1, $3::int) returning id
         )
         insert into floor_step (task_id, step_number, content_hash, result)
         select id, step, $4, 'success' from tasks, generate_series(1, 3) as step`,
          [{ document: documentOf('steps', 0) }, new Date(), Math.min(left, 20_000), hash],
        );
    },
    close: () => pool.end(),
  };
}
