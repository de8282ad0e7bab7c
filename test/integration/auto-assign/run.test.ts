import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type Dependencies, sweep } from '../../../functions/auto-assign/run.ts';
import { inTransaction } from '../../../shared/adapters/postgres/in-transaction.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import { createExecution, dispatchOf, type Execution } from '../../support/execution.ts';
import { bell, createDocument, message, submission } from '../../support/messages.ts';
import { recordStatements } from '../../support/statements.ts';

let execution: Execution;
let deps: Dependencies;
let start: Date;
before(async () => {
  execution = await createExecution();
  deps = dispatchOf(execution);
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.rung.length = 0;
  execution.queued.length = 0;
  execution.logged.length = 0;
  const { pool, owner } = execution.database;
  await owner.query('truncate jr_work_queue, jr_alerts restart identity cascade');
  await pool.query('update jr_dispatch set backlog = false, unassigned = false');
  await pool.query(
    'update jr_status set is_online = false, last_seen = null, in_service = true, max_concurrent = 10, last_assigned_at = null',
  );
});

const run = () => sweep(() => 60_000, deps);

const advance = (seconds: number) => {
  execution.now = new Date(execution.now.getTime() + seconds * 1000);
};

/** A ping of each of these comes back. */
async function seen(...names: string[]): Promise<void> {
  await execution.invoke(
    names.map(name => message({ type: 'jr.ping', jr_name: name, sent_at: execution.now.toISOString() })),
  );
}

/** Receives up to ten bells from the queue and hands them to execute-task. Answers the tasks, as they were rung. */
async function receive(): Promise<number[]> {
  const batch = execution.queued.splice(0, 10).map(body => message(body));
  if (batch.length > 0) await execution.invoke(batch);
  return batch.map(({ body }) => (JSON.parse(body) as { task_id: number }).task_id); // as the queue in memory made it
}

const insert = (n: number, columns: string, values: string) =>
  execution.database.pool.query(
    `insert into jr_work_queue (title, instruction_content, created_at, ${columns})
     select 'task', $1, $2::timestamptz - interval '1 hour' + n * interval '1 millisecond', ${values}
     from generate_series(1, ${n}) n`,
    [createDocument('same.txt', 'x'), execution.now],
  );

const counts = async () => {
  const { rows } = await execution.database.pool.query(
    'select status, count(*)::int as n from jr_work_queue group by status order by status',
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
};

const alerts = async () => {
  const { rows } = await execution.database.pool.query('select * from jr_alerts order by id');
  return rows;
};

describe('the minute sweep', () => {
  test('the test of the old system: a task without a Jr has one a minute later', async () => {
    const { pool } = execution.database;
    await seen('it_triad_jr');
    await pool.query(
      `INSERT INTO jr_work_queue (title, description, source, created_by) VALUES ('Test Auto-Assign', 'Test', 'tpm', 'claude_tpm')`,
    );
    advance(60);
    assert.deepEqual(await run(), {
      assigned: 1,
      unassigned: 0,
      jrs_online: 1,
      rung: 1,
      lost_bells: 0,
      failed: [],
      skipped: [],
    });
    const { rows } = await pool.query(
      `SELECT title, assigned_jr FROM jr_work_queue WHERE title = 'Test Auto-Assign'`,
    );
    assert.deepEqual(rows, [{ title: 'Test Auto-Assign', assigned_jr: 'it_triad_jr' }]);
    assert.deepEqual(execution.logged.at(-1)?.event, 'auto_assign.sweep');
    await receive();
    assert.match((await execution.task(1)).error_message ?? '', /^INSTRUCTION_MISSING/);
  });

  test('one that was inserted with its Jr is rung for, whether that Jr is online or not', async () => {
    await insert(1, 'assigned_jr', `'Vision Jr.'`);
    assert.partialDeepStrictEqual(await run(), { assigned: 0, rung: 1 });
    await receive();
    assert.equal((await execution.task(1)).status, 'completed');
  });

  test('two at once assign and ring once, and what a sweep did it does not do again', async () => {
    await seen('Vision Jr.', 'Research Jr.');
    await insert(12, 'priority', '5');
    const both = await Promise.all([run(), run()]);
    assert.equal(
      both.reduce((sum, { assigned }) => sum + assigned, 0),
      12,
    );
    assert.equal(new Set(execution.rung.map(({ taskId }) => taskId)).size, 12);
    assert.equal(execution.rung.length, 12);
    assert.partialDeepStrictEqual(await run(), { assigned: 0, rung: 0, lost_bells: 0 });
  });

  test('a task that SQL set to waiting again after its attempt is rung, though pings are in the queue', async () => {
    const { pool } = execution.database;
    await seen('Vision Jr.');
    await pool.query(`insert into jr_work_queue (title, instruction_content) values ('t', 'prose only')`);
    await run();
    await receive();
    assert.deepEqual(await counts(), { failed: 1 });
    await pool.query(`update jr_work_queue set status = 'pending'`);
    for (const jr_name of ['Vision Jr.', 'Research Jr.'])
      execution.queued.push(JSON.stringify({ type: 'jr.ping', jr_name, sent_at: start.toISOString() }));
    advance(180);
    assert.partialDeepStrictEqual(await run(), { rung: 1 });
  });

  test('bells that were marked and not rung are found once the queue is short of them for two minutes', async () => {
    await seen('Vision Jr.');
    await insert(5, 'priority', '5');
    const away: Dependencies = {
      ...deps,
      queue: { ...deps.queue, ring: () => Promise.reject(new Error('away')) },
    };
    assert.deepEqual((await sweep(() => 60_000, away)).failed, ['dispatch']);
    advance(60);
    assert.partialDeepStrictEqual(await run(), { rung: 0, lost_bells: 0 });
    advance(60);
    assert.partialDeepStrictEqual(await run(), { rung: 5, lost_bells: 5 });
    advance(600);
    assert.partialDeepStrictEqual(await run(), { rung: 0, lost_bells: 0 });
    await receive();
    assert.deepEqual(await counts(), { completed: 5 });
  });

  test('a task that somebody has run again by SQL runs, however much else is in the queue', async () => {
    await seen('Vision Jr.');
    await insert(1, 'priority', '5');
    await run();
    await receive();
    await execution.database.pool.query(`update jr_work_queue set status = 'pending'`);
    const busy = async () => ({ visible: 9, in_flight: 9, delayed: 9 });
    assert.partialDeepStrictEqual(await sweep(() => 60_000, { ...deps, queueDepth: busy }), { rung: 0 });
    advance(1_800);
    await execution.database.pool.query('update jr_status set pinged_at = $1', [execution.now]);
    await seen('Vision Jr.');
    assert.partialDeepStrictEqual(await sweep(() => 60_000, { ...deps, queueDepth: busy }), { rung: 1 });
  });

  test('while the queue is away tasks are assigned all the same, and people are told that nobody is online', async () => {
    await seen('Vision Jr.');
    await insert(1, 'priority', '5');
    const away = () => Promise.reject(new JrError('QUEUE_UNAVAILABLE', 'The queue is away.'));
    const cut = { ...deps, queueDepth: away, queue: { ...deps.queue, ring: away } };
    assert.partialDeepStrictEqual(await sweep(() => 60_000, cut), { failed: ['lost bells', 'dispatch'] });
    const { rows } = await execution.database.pool.query('select assigned_jr from jr_work_queue');
    assert.deepEqual(rows, [{ assigned_jr: 'Vision Jr.' }]);
    advance(360);
    await insert(1, 'priority', '5');
    await sweep(() => 60_000, cut);
    assert.partialDeepStrictEqual(await alerts(), [{ name: 'nobody-online' }]);
  });

  test('with no Jr online it says so, tells people after five minutes and once, and assigns when one is back', async () => {
    await seen('Vision Jr.');
    advance(360);
    await insert(3, 'priority', '5');
    await execution.database.pool.query('update jr_work_queue set created_at = $1', [execution.now]);
    assert.partialDeepStrictEqual(await run(), { assigned: 0, unassigned: 3, jrs_online: 0 });
    advance(299);
    await run();
    assert.deepEqual(await alerts(), []);
    advance(1);
    await run();
    advance(60);
    await run();
    assert.partialDeepStrictEqual(await alerts(), [
      {
        scope: 'auto-assign',
        name: 'nobody-online',
        summary: '3 tasks wait for a Jr and none is online: assigned as soon as one is back.',
        next_action: 'npx jr workers',
        ended_at: null,
      },
    ]);
    await seen('Vision Jr.');
    assert.partialDeepStrictEqual(await run(), { assigned: 3, unassigned: 0, jrs_online: 1 });
    const [only, ...others] = await alerts();
    assert.deepEqual([only.ended_at, others], [execution.now, []]);
  });

  test('with all Jrs full nobody is told that none is online', async () => {
    await execution.database.pool.query('update jr_status set max_concurrent = 1');
    await seen('Vision Jr.');
    await insert(3, 'priority', '5');
    advance(3_600);
    await seen('Vision Jr.');
    assert.partialDeepStrictEqual(await run(), { assigned: 1, unassigned: 2, jrs_online: 1 });
    assert.deepEqual(await alerts(), []);
  });

  test('while claims are paused nothing is rung, and everything afterwards (invariant 12)', async () => {
    const { pool } = execution.database;
    await pool.query(`update jr_control set value = 'true' where name = 'claims_paused'`);
    await execution.invoke([submission(createDocument('paused.txt', 'x'), { assigned_jr: 'Vision Jr.' })]);
    assert.partialDeepStrictEqual(await run(), { rung: 0 });
    await pool.query(`update jr_control set value = 'false' where name = 'claims_paused'`);
    assert.partialDeepStrictEqual(await run(), { rung: 1 });
    await receive();
    assert.deepEqual(await counts(), { completed: 1 });
  });
});

describe('batches keep the window filled', () => {
  test('one sweep is enough for any backlog; capacity is never exceeded', async () => {
    await execution.database.pool.query('update jr_status set max_concurrent = 4');
    await seen('Vision Jr.', 'Research Jr.');
    await insert(60, 'priority', '5');
    assert.partialDeepStrictEqual(await run(), { assigned: 8, unassigned: 52, rung: 8 });
    let batches = 0;
    while (execution.queued.length > 0) {
      await receive();
      batches += 1;
      assert.ok(execution.queued.length <= 8, `${execution.queued.length} bells`);
    }
    assert.deepEqual([await counts(), batches], [{ completed: 60 }, 8]);
    assert.deepEqual(
      (await execution.database.pool.query('select backlog, unassigned from jr_dispatch')).rows,
      [{ backlog: false, unassigned: false }],
    );
  });

  test('also where the Jrs have more room than a batch has tasks for each', async () => {
    await seen('Vision Jr.', 'Research Jr.');
    await insert(60, 'priority', '5');
    assert.partialDeepStrictEqual(await run(), { assigned: 20, unassigned: 40, rung: 20 });
    while (execution.queued.length > 0) await receive();
    assert.deepEqual(await counts(), { completed: 60 });
  });

  test('what a full Jr has turned away is rung for by the batch that filled it', async () => {
    await execution.database.pool.query('update jr_status set max_concurrent = 2');
    const mine = { assigned_jr: 'Vision Jr.' };
    const documents = Array.from({ length: 5 }, (_, n) => submission(createDocument(`f${n}.txt`, 'x'), mine));
    assert.partialDeepStrictEqual(await execution.invoke(documents), { completed: 2, dispatched: 2 });
    await receive();
    await receive();
    assert.deepEqual(await counts(), { completed: 5 });
  });

  test('without a backlog there is no statement more for it', async () => {
    await insert(1, 'assigned_jr', `'Vision Jr.'`);
    const statements = await recordStatements(() => execution.invoke([bell(1)]));
    assert.equal(statements.filter(text => /jr_dispatch for update/.test(text)).length, 0);
    assert.deepEqual(await counts(), { completed: 1 });
  });

  test('a task that was taken away while it was given back is rung for once', async () => {
    await insert(2, 'assigned_jr', `'Vision Jr.'`);
    await execution.database.pool.query('update jr_dispatch set backlog = true');
    const { ledger } = execution.deps;
    const settle: typeof ledger.settle = async (settlements, now) => {
      await execution.database.pool.query(
        `update jr_work_queue set lease_epoch = lease_epoch + 1 where id = 1`,
      );
      return await ledger.settle(settlements, now);
    };
    const overrides = { ledger: { ...ledger, settle } };
    const summary = await execution.invoke([bell(1)], overrides, () => 5_000);
    assert.partialDeepStrictEqual(summary, { lost: 1, interrupted: 0, dispatched: 1 });
    assert.deepEqual(
      execution.rung.map(({ taskId }) => taskId),
      [1, 2],
    );
  });

  test('once it is half empty; until then a batch only looks', async () => {
    const { window } = deps.dispatching;
    await execution.database.pool.query('update jr_status set max_concurrent = 1000');
    await execution.put('same.md', createDocument('same.txt', 'x'));
    await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_file, assigned_jr)
       select 'task', 'same.md', 'Vision Jr.' from generate_series(1, $1::int)`,
      [3 * window],
    );
    assert.partialDeepStrictEqual(await run(), { rung: window });
    const batches = window / 2 / 10;
    const statements = await recordStatements(async () => {
      for (let left = batches - 1; left > 0; left -= 1) await receive();
    });
    assert.equal(statements.filter(text => /jr_dispatch for update/.test(text)).length, 0);
    assert.equal(statements.length, 3 * (batches - 1));
    assert.equal(execution.queued.length, window / 2 + 10);
    await receive();
    assert.equal(execution.queued.length, window);
    while (execution.queued.length > 0) await receive();
    assert.deepEqual(await counts(), { completed: 3 * window });
  });

  test('when dispatching fails after the work, the work is done and the sweep goes on', async () => {
    await execution.database.pool.query('update jr_status set max_concurrent = 2');
    await insert(3, 'assigned_jr', `'Vision Jr.'`);
    await run();
    const ring = () => Promise.reject(new JrError('QUEUE_UNAVAILABLE', 'away'));
    const batch = execution.queued.splice(0).map(body => message(body));
    const summary = await execution.invoke(batch, { queue: { ...deps.queue, ring } });
    assert.partialDeepStrictEqual(summary, { completed: 2, returned: [] });
    advance(120);
    assert.partialDeepStrictEqual(await run(), { lost_bells: 1, rung: 1 });
  });
});

describe('a backlog of 100,000 in the ledger', () => {
  test('a late submission of high priority begins after at most a window of others', async () => {
    const { pool, owner } = execution.database;
    const { window } = deps.dispatching;
    await pool.query('update jr_status set max_concurrent = 1000');
    await seen('Vision Jr.', 'Research Jr.');
    await execution.put('same.md', createDocument('same.txt', 'x'));
    await inTransaction(owner, async client => {
      // Without a look at jr_status for each row, which takes longer than all the rest.
      await client.query('set local session_replication_role = replica');
      await client.query(
        `insert into jr_work_queue (title, instruction_file, created_at, assigned_jr, status)
         select 'task', 'same.md', $1, 'Vision Jr.', 'assigned' from generate_series(1, 100000)`,
        [execution.now],
      );
    });
    assert.partialDeepStrictEqual(await run(), { rung: window });
    await receive();
    const late = submission(createDocument('late.txt', 'x'), { priority: 1 });
    assert.partialDeepStrictEqual(await execution.invoke([late]), { held: 1, claimed: 0 });
    const begun: number[] = [];
    while (!begun.includes(100_001)) {
      const batch = await receive();
      assert.ok(batch.length > 0 && begun.length <= window + 10, `${begun.length} begun before it`);
      begun.push(...batch);
    }
    assert.ok(begun.indexOf(100_001) <= window, `${begun.indexOf(100_001)} begun before it`);
    assert.equal((await execution.task(100_001)).status, 'completed');
  });
});
