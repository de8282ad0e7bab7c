import assert from 'node:assert/strict';
import { appendFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readExport, verifyExport } from '../../../cli/read-export.ts';
import { postgresLedgerRestore } from '../../../shared/adapters/postgres/restore-ledger.ts';
import type { ExportedFile } from '../../../shared/ports/ledger-export.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type Drains, drainsOf } from '../../support/drains.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { createDocument, editDocument, submission } from '../../support/messages.ts';

let execution: Execution;
let drains: Drains;
let empty: TestDatabase;
let file: ExportedFile;
let path: string;
before(async () => {
  execution = await createExecution();
  drains = drainsOf(execution);
  empty = await createDatabase();
  const { pool } = execution.database;
  // More than a page of failed tasks; one that failed in earnest, with steps; a child of a completed parent.
  await insertFailed(pool, { network: 130, protectedPath: 20 }, execution.now);
  await execution.invoke([submission(editDocument('nowhere.txt', 'a', 'b'))]);
  await execution.invoke([submission(createDocument('done.txt', 'x'))]);
  await pool.query('update jr_work_queue set parent_task_id = 152 where id = 3');
  await execution.put('docs/from-file.md', createDocument('from-file.txt', 'x'));
  await pool.query(
    `update jr_work_queue set instruction_content = null, instruction_file = '/ganuda/docs/from-file.md' where id = 5`,
  );
  const answer = await drains.invoke({ action: 'export', operator: 'ada', reason: 'before the drain' });
  file = answer['file'] as ExportedFile;
  path = join(execution.root, file.path);
});
after(async () => {
  await execution.close();
  await empty.drop();
});

async function contents(database: TestDatabase) {
  const { rows } = await database.pool.query(
    `select (select json_agg(w order by id) from jr_work_queue w
         where id <> 152 or exists (select 1 from jr_work_queue c where c.parent_task_id = w.id)) as tasks,
       (select json_agg(a order by task_id, attempt) from jr_task_attempts a) as attempts,
       (select json_agg(s order by task_id, step_number) from jr_step_rewards s) as steps,
       (select json_agg(d order by id) from jr_failed_tasks_dlq d) as entries,
       (select json_agg(j order by jr_name) from jr_status j) as jrs`,
  );
  return rows[0];
}

describe('an export', () => {
  test('is lines of what is open, with a checksum beside it and no draft', async () => {
    assert.partialDeepStrictEqual(file, {
      lines: {
        export: 1,
        jr_work_queue: 152,
        jr_failed_tasks_dlq: 151,
        jr_step_rewards: 2,
        instruction_file: 1,
      },
    });
    assert.equal(await verifyExport(path), file.sha256);
    const names = await readdir(join(execution.root, 'exports'));
    assert.equal(names.length, 2);
    assert.ok(names.every(name => !name.endsWith('.part')));
  });

  test('goes back into an empty ledger, row for row, and a second time into none', async () => {
    const restore = postgresLedgerRestore(empty.pool);
    assert.deepEqual(await restore.held(), { tasks: 0, entries: 0 });
    const counts = await restore.restore(readExport(path));
    assert.partialDeepStrictEqual(counts, { jr_work_queue: 152, jr_failed_tasks_dlq: 151 });
    assert.deepEqual(await contents(empty), await contents(execution.database));
    await assert.rejects(() => restore.restore(readExport(path)), /not empty/);
    // New ids do not collide with those that came.
    await empty.pool.query(`insert into jr_work_queue (title) values ('new')`);
  });

  test('that comes to its deadline leaves no file', async () => {
    drains.budgetMs = 10_000;
    await assert.rejects(
      () => drains.invoke({ action: 'export', operator: 'ada', reason: 'late' }),
      /not done before the deadline/,
    );
    drains.budgetMs = 300_000;
    assert.equal((await readdir(join(execution.root, 'exports'))).length, 2);
  });

  test('that was changed is not taken', async () => {
    await appendFile(path, '{"table": "jr_work_queue", "row": {}}\n');
    await assert.rejects(() => verifyExport(path), /is not what was exported: its SHA-256 is/);
    await assert.rejects(() => verifyExport(join(execution.root, 'none.jsonl')), /cannot be read/);
  });
});
