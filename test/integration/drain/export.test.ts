import assert from 'node:assert/strict';
import { appendFile, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { readExport, verifyExport } from '../../../cli/read-export.ts';
import { postgresLedgerRestore } from '../../../shared/adapters/postgres/restore-ledger.ts';
import type { DrainRunView } from '../../../shared/ports/drain-view.ts';
import type { ExportProgress, LedgerRow } from '../../../shared/ports/ledger-export.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { type Drains, drainsOf } from '../../support/drains.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { createDocument, editDocument, submission } from '../../support/messages.ts';

const signed = { operator: 'ada', reason: 'before the drain' };

/** How far an export has come, by what the runbook answers. */
function exportOf(answer: { readonly run?: DrainRunView | null }): ExportProgress {
  const progress = answer.run?.export ?? null;
  assert.ok(progress !== null, JSON.stringify(answer));
  return progress;
}

let execution: Execution;
let drains: Drains;
let empty: TestDatabase;
let done: ExportProgress;
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
  await pool.query(`insert into jr_status (jr_name, running_since) values ('Far Jr.', now())`);
  await pool.query(
    `update jr_status set in_service = false, max_concurrent = 3, specialties = '{x}' where jr_name = 'Vision Jr.'`,
  );
  done = exportOf(await drains.invoke({ action: 'export', ...signed }));
  path = join(execution.root, done.file);
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
       (select json_agg(to_jsonb(j) - 'running_since' order by jr_name) from jr_status j) as jrs`,
  );
  return rows[0];
}

describe('an export', () => {
  test('is lines of what is open, with a checksum beside it and no draft', async () => {
    assert.partialDeepStrictEqual(done, {
      total: 151,
      entries: 151,
      bytes: (await stat(path)).size,
      lines: {
        export: 1,
        jr_work_queue: 152,
        jr_failed_tasks_dlq: 151,
        jr_step_rewards: 2,
        instruction_file: 1,
      },
    });
    assert.equal(await verifyExport(path), done.sha256);
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
    // What runs of a Jr was exported at another moment than the Jr.
    const { rows } = await empty.pool.query('select jr_name from jr_status where running_since is not null');
    assert.deepEqual(rows, []);
    await assert.rejects(() => restore.restore(readExport(path)), /not empty/);
    // New ids do not collide with those that came.
    await empty.pool.query(`insert into jr_work_queue (title) values ('new')`);
  });

  test('that was changed is not taken', async () => {
    await appendFile(path, '{"table": "jr_work_queue", "row": {}}\n');
    await assert.rejects(() => verifyExport(path), /is not what was exported: its SHA-256 is/);
    await assert.rejects(() => verifyExport(join(execution.root, 'none.jsonl')), /cannot be read/);
  });
});

describe('a large export', () => {
  let large: Execution;
  before(async () => {
    large = await createExecution();
  });
  after(() => large.close());
  beforeEach(async () => {
    await large.database.owner.query('truncate jr_work_queue, jr_drain_runs restart identity cascade');
    await rm(join(large.root, 'exports'), { recursive: true, force: true });
  });

  /** An invocation has time for one page. */
  function pageByPage(): Drains {
    const drains = drainsOf(large);
    const { ledgerExport } = drains.deps;
    drains.budgetMs = 20_000;
    const page: typeof ledgerExport.page = async (range, put) => {
      const read = await ledgerExport.page(range, put);
      large.now = new Date(large.now.getTime() + 10_000);
      return read;
    };
    return { ...drains, deps: { ...drains.deps, ledgerExport: { ...ledgerExport, page } } };
  }

  async function entriesIn(file: string): Promise<unknown[]> {
    const found: LedgerRow[] = [];
    for await (const rows of readExport(join(large.root, file))) found.push(...rows);
    return found.flatMap(({ table, row }) => (table === 'jr_failed_tasks_dlq' ? [row['id']] : []));
  }

  test('goes on from one invocation to the next, and has every entry once', async () => {
    await insertFailed(large.database.pool, { network: 1_200 }, large.now);
    const drains = pageByPage();
    let answer = await drains.invoke({ action: 'export', ...signed }, drains.deps);
    let invocations = 1;
    while (answer.run?.status === 'running') {
      assert.equal(exportOf(answer).entries, Math.min(invocations * 500, 1_199));
      // What fails meanwhile came too late, and what a person closes needs no restoring.
      if (invocations === 1) {
        await insertFailed(large.database.pool, { network: 5 }, large.now, 5_000);
        await drains.invoke({ action: 'abandon', entry_id: 1_100, ...signed });
      }
      const wakeUp = large.wakeUps.get('jr-drain-1');
      assert.ok(wakeUp !== undefined);
      answer = await drains.invoke(wakeUp.payload, drains.deps);
      invocations += 1;
    }
    const { file, sha256, entries, total } = exportOf(answer);
    assert.deepEqual([invocations, entries, total], [4, 1_199, 1_200]);
    assert.equal(await verifyExport(join(large.root, file)), sha256);
    const expected = Array.from({ length: 1_200 }, (_, i) => i + 1).filter(id => id !== 1_100);
    assert.deepEqual(await entriesIn(file), expected);
  });

  test('that was frozen and thaws adds nothing to what another has finished (invariant 3)', async () => {
    await insertFailed(large.database.pool, { network: 3 }, large.now);
    const drains = drainsOf(large);
    const { ledgerExport } = drains.deps;
    let other: ReturnType<typeof exportOf> | undefined;
    const freeze: typeof ledgerExport.page = async (range, put) => {
      large.now = new Date(large.now.getTime() + 400_000);
      other = exportOf(await drains.invoke({ action: 'continue' }));
      return await ledgerExport.page(range, put);
    };
    const deps = { ...drains.deps, ledgerExport: { ...ledgerExport, page: freeze } };
    const thawed = exportOf(await drains.invoke({ action: 'export', ...signed }, deps));
    assert.equal(await verifyExport(join(large.root, thawed.file)), other?.sha256);
    assert.deepEqual(await entriesIn(thawed.file), [1, 2, 3]);
  });

  test('that was frozen before it opened the draft cuts nothing off what another has written (invariant 3)', async () => {
    await insertFailed(large.database.pool, { network: 700 }, large.now);
    const other = pageByPage();
    const { drainView } = other.deps;
    let asked = 0;
    const openEntries: typeof drainView.openEntries = async () => {
      asked += 1;
      // First it is asked how many there are, then, by who has the run, where it ends.
      if (asked === 2) {
        large.now = new Date(large.now.getTime() + 400_000);
        assert.equal(exportOf(await other.invoke({ action: 'continue' }, other.deps)).entries, 500);
      }
      return await drainView.openEntries();
    };
    large.logged.length = 0;
    const drains = drainsOf(large);
    const freezes = { ...drains.deps, drainView: { ...drainView, openEntries } };
    await drains.invoke({ action: 'export', ...signed }, freezes);
    assert.equal(asked, 2);
    const ended = exportOf(await drains.invoke({ action: 'continue' }));
    assert.equal((await entriesIn(ended.file)).length, 700);
    assert.ok(!large.logged.some(({ event }) => event === 'drain.export_begins_anew'));
  });

  test('is stopped and goes on; a draft that somebody removed is begun anew', async () => {
    await insertFailed(large.database.pool, { network: 700 }, large.now);
    const drains = pageByPage();
    assert.equal(exportOf(await drains.invoke({ action: 'export', ...signed }, drains.deps)).entries, 500);
    await drains.invoke({ action: 'stop', ...signed });
    const stopped = await drains.invoke({ action: 'continue' }, drains.deps);
    assert.partialDeepStrictEqual(stopped, {
      ok: false,
      run: { status: 'stopped', stop_reason: 'Stopped by ada: before the drain.', export: { entries: 700 } },
    });
    const { file } = exportOf(stopped);
    await rm(join(large.root, `${file}.part`));
    const resumed = await drains.invoke({ action: 'resume', run_id: 1, ...signed });
    assert.partialDeepStrictEqual(resumed, {
      ok: true,
      run: { status: 'completed', export: { entries: 700 } },
    });
    assert.equal((await entriesIn(file)).length, 700);
  });

  test('that finds no workspace or no room stops with the reason, and a drain waits for its end', async () => {
    await insertFailed(large.database.pool, { network: 3 }, large.now);
    const drains = drainsOf(large);
    const stops = async () => {
      const answer = await drains.invoke({ action: 'export', ...signed });
      assert.match(
        answer.run?.stop_reason ?? '',
        /^The export exports\/dlq-\S+ could not be written: .* resume the run\.$/,
      );
    };
    await rm(large.root, { recursive: true });
    await stops();
    await large.put('exports', 'a file where the folder should be');
    await stops();
    await rm(large.pathOf('exports'));
    const interrupted = pageByPage();
    interrupted.budgetMs = 15_000;
    await interrupted.invoke({ action: 'export', ...signed }, interrupted.deps);
    assert.match(
      JSON.stringify(await interrupted.invoke({ action: 'drain', ...signed })),
      /An export, run 3, was under way/,
    );
  });

  test('holds no more at a time for ten times the entries: neither when it is written nor when it is read', async () => {
    const held = async (entries: number) => {
      await large.database.owner.query('truncate jr_work_queue, jr_drain_runs restart identity cascade');
      await insertFailed(large.database.pool, { network: entries }, large.now);
      // Documents of 100 KB, by name for every third task.
      await large.put('docs/large.md', `${'x'.repeat(99)}\n`.repeat(1_000));
      await large.database.pool.query(
        `update jr_work_queue set instruction_content = case when id % 3 > 0 then repeat('0123456789', 10000) end,
           instruction_file = case when id % 3 = 0 then '/ganuda/docs/large.md' end`,
      );
      const drains = drainsOf(large);
      const { exportFiles } = drains.deps;
      let longest = 0;
      const open: typeof exportFiles.open = async (file, bytes) => {
        const draft = await exportFiles.open(file, bytes);
        return draft === null
          ? null
          : {
              ...draft,
              append: async text => {
                longest = Math.max(longest, text.length);
                await draft.append(text);
              },
            };
      };
      const deps = { ...drains.deps, exportFiles: { ...exportFiles, open } };
      const { file, bytes } = exportOf(await drains.invoke({ action: 'export', ...signed }, deps));
      let longestPage = 0;
      for await (const rows of readExport(join(large.root, file))) {
        longestPage = Math.max(longestPage, JSON.stringify(rows).length);
      }
      large.now = new Date(large.now.getTime() + 1_000);
      return { longest, longestPage, bytes };
    };
    const few = await held(40);
    const many = await held(400);
    assert.ok(few.bytes > 2_500_000 && many.bytes > 25_000_000, `${few.bytes}, ${many.bytes} bytes`);
    const most = 2.5 * 1024 * 1024;
    for (const { longest, longestPage } of [few, many]) {
      assert.ok(longest < most && longestPage < most, `${longest}, ${longestPage} characters held`);
    }
  });
});
