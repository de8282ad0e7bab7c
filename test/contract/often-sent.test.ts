import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';
import { oftenSent, ProxiedClient } from '../../shared/adapters/postgres/often-sent.ts';
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
