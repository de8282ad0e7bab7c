import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { oftenSent, ProxiedClient } from '../../shared/adapters/postgres/often-sent.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { createDatabase } from '../support/database.ts';

test('a statement that is often sent is prepared once a connection, and not behind a proxy', async () => {
  const database = await createDatabase({ migrated: false });
  try {
    const preparedBy = async (Client: typeof pg.Client) => {
      const client = new Client({ connectionString: database.url });
      await client.connect();
      try {
        for (const value of [1, 2]) {
          const { rows } = await client.query(oftenSent('twice', 'select $1::int * 2 as twice', [value]));
          assert.deepEqual(rows, [{ twice: value * 2 }]);
        }
        return (await client.query<{ name: string }>('select name from pg_prepared_statements')).rows;
      } finally {
        await client.end();
      }
    };
    assert.deepEqual(await preparedBy(pg.Client), [{ name: 'twice' }]);
    assert.deepEqual(await preparedBy(ProxiedClient), []);
  } finally {
    await database.drop();
  }
});

test('a pool that plans once has one plan for all values from the first call on', async () => {
  const database = await createDatabase({ migrated: false });
  const pool = createPool({ databaseUrl: database.url, max: 1, plansOnce: true, onIdleError: () => {} });
  try {
    for (const ids of [[1], [1, 2]]) {
      await pool.query(oftenSent('among', 'select 1 where 1 = any($1::int[])', [ids]));
    }
    const { rows } = await pool.query('select generic_plans, custom_plans from pg_prepared_statements');
    assert.deepEqual(rows, [{ generic_plans: 2, custom_plans: 0 }]);
  } finally {
    await pool.end();
    await database.drop();
  }
});

test('a plan that was made while the ledger was empty reads no table from end to end later', async () => {
  const database = await createDatabase();
  const pool = createPool({ databaseUrl: database.url, max: 1, plansOnce: true, onIdleError: () => {} });
  try {
    const find = 'select id from jr_work_queue where id = any(array(select 1::bigint))';
    await pool.query(`prepare find as ${find}`);
    await pool.query('execute find');
    await database.pool.query(`insert into jr_work_queue (title) select 'x' from generate_series(1, 100)`);
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>('explain execute find');
    assert.doesNotMatch(rows.map(row => row['QUERY PLAN']).join('\n'), /Seq Scan/);
    // Before PostgreSQL 18 a table that is read all the same makes a plan so dear that it would be compiled each time.
    const { rows: jit } = await pool.query(`select setting, source from pg_settings where name = 'jit'`);
    assert.deepEqual(jit, [{ setting: 'off', source: 'client' }]);
  } finally {
    await pool.end();
    await database.drop();
  }
});

test('a plan uses no bitmaps, which would read what has ended again each time', async () => {
  const database = await createDatabase();
  const pool = createPool({ databaseUrl: database.url, max: 1, plansOnce: true, onIdleError: () => {} });
  try {
    await database.owner.query(
      `insert into jr_work_queue (title, dispatched_at, created_at)
       select 'x', now(), now() - interval '1 minute' from generate_series(1, 1000)`,
    );
    await database.owner.query('analyze jr_work_queue');
    const out = `select assigned_jr from jr_work_queue
      where status in ('pending', 'assigned') and dispatched_at is not null and dispatched_at <> created_at`;
    const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${out}`);
    assert.match(rows.map(row => row['QUERY PLAN']).join('\n'), /Index Scan using jr_work_queue_out/);
  } finally {
    await pool.end();
    await database.drop();
  }
});
