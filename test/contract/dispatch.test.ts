import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type pg from 'pg';
import { postgresDispatchLedger } from '../../shared/adapters/postgres/dispatch-ledger.ts';
import { inTransaction } from '../../shared/adapters/postgres/in-transaction.ts';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { createPool } from '../../shared/adapters/postgres/pool.ts';
import { postgresLadderLedger } from '../../shared/adapters/postgres/sweep-ladder.ts';
import { assignTasks } from '../../shared/domain/assignment.ts';
import type { DispatchLedger, ServiceRequest } from '../../shared/ports/dispatch-ledger.ts';
import type { Ledger } from '../../shared/ports/ledger.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { incoming } from '../support/submissions.ts';

const now = new Date('2026-03-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

let database: TestDatabase;
let ledger: Ledger;
let dispatching: DispatchLedger;

before(async () => {
  database = await createDatabase();
  ledger = postgresLedger(database.pool);
  dispatching = postgresDispatchLedger(database.pool);
});
after(() => database.drop());
beforeEach(async () => {
  await database.owner.query('truncate jr_work_queue restart identity cascade');
  await database.pool.query(`delete from jr_status where jr_name like 'jr %'`);
  await database.pool.query('update jr_dispatch set backlog = false, unassigned = false');
  await database.pool.query(`update jr_control set value = 'false' where name = 'claims_paused'`);
  await jrs({ 'Vision Jr.': 10, 'Research Jr.': 10 });
});

/** These Jrs are online, with these capacities; nobody else is. */
async function jrs(capacities: Record<string, number>): Promise<void> {
  await database.pool.query(
    'update jr_status set is_online = false, in_service = true, max_concurrent = 10, last_assigned_at = null',
  );
  await database.pool.query(
    `insert into jr_status (jr_name, is_online, last_seen, max_concurrent)
     select name, true, $3, capacity from unnest($1::text[], $2::int[]) as x(name, capacity)
     on conflict (jr_name) do update set is_online = true, last_seen = $3, max_concurrent = excluded.max_concurrent`,
    [Object.keys(capacities), Object.values(capacities), now],
  );
}

interface Columns {
  readonly assigned_jr?: string | null;
  readonly priority?: number;
  readonly sacred_fire_priority?: number;
  readonly created_at?: Date;
  readonly dispatched_at?: Date | null;
  readonly not_before?: Date | null;
  readonly status?: string;
  readonly started_at?: Date;
  readonly tags?: string[];
}

/** So many tasks inserted by SQL; answers their ids. */
async function insert(n: number, columns: Columns = {}): Promise<number[]> {
  const entries = Object.entries({ created_at: minutesAgo(10), ...columns });
  const names = entries.map(([name]) => name).join(', ');
  const { rows } = await database.pool.query<{ id: number }>(
    `insert into jr_work_queue (title, ${names})
     select 'task ' || n, ${entries.map((_, i) => `x.c${i}`).join(', ')}
     from generate_series(1, ${n}) n, (select ${entries
       .map(([name], i) => `$${i + 1}::${types[name]} as c${i}`)
       .join(', ')}) x returning id`,
    entries.map(([, value]) => value),
  );
  return rows.map(({ id }) => id).sort((a, b) => a - b);
}

const types: Record<string, string> = {
  assigned_jr: 'text',
  priority: 'int',
  sacred_fire_priority: 'int',
  created_at: 'timestamptz',
  dispatched_at: 'timestamptz',
  not_before: 'timestamptz',
  status: 'text',
  started_at: 'timestamptz',
  tags: 'text[]',
};

const serve = (request: Partial<ServiceRequest> = {}, at: DispatchLedger = dispatching) =>
  at.serve(
    {
      now,
      lookForUnassigned: true,
      seenSince: minutesAgo(5),
      assignAtMost: 10_000,
      window: 200,
      ...request,
    },
    assignTasks,
  );

const claim = (taskIds: number[], at = now, by = ledger) =>
  by.claimTasks({
    taskIds,
    now: at,
    leaseUntil: new Date(at.getTime() + 60_000),
    functionRequestId: 'test',
    oldestEntry: new Date(0),
    maxCrashes: 3,
  });

async function rows(): Promise<
  { id: number; status: string; assigned_jr: string | null; rung: boolean; assigned_at: Date | null }[]
> {
  const answer = await database.pool.query(
    `select id, status, assigned_jr, dispatched_at is not null as rung, assigned_at from jr_work_queue order by id`,
  );
  return answer.rows;
}

const hint = async (of: 'backlog' | 'unassigned') =>
  (await database.pool.query(`select ${of} as hint from jr_dispatch`)).rows[0]?.hint;

describe('assigning', () => {
  test('tasks without a Jr are given to those who are there, and say since when', async () => {
    await insert(1, { tags: ['camera'] });
    await insert(1, { tags: ['documentation'] });
    assert.partialDeepStrictEqual(await serve(), { assigned: 2, dispatched: [1, 2] });
    assert.deepEqual(await rows(), [
      { id: 1, status: 'assigned', assigned_jr: 'Vision Jr.', rung: true, assigned_at: now },
      { id: 2, status: 'assigned', assigned_jr: 'Research Jr.', rung: true, assigned_at: now },
    ]);
  });

  test('not to one who is offline, silent or out of service', async () => {
    await insert(3);
    await database.pool.query(`update jr_status set is_online = false where jr_name = 'Research Jr.'`);
    await database.pool.query(`update jr_status set last_seen = $1 where jr_name = 'Vision Jr.'`, [
      minutesAgo(6),
    ]);
    assert.deepEqual(await serve(), { assigned: 0, dispatched: [] });
    await database.pool.query(`update jr_status set is_online = true, in_service = false, last_seen = $1`, [
      now,
    ]);
    assert.deepEqual(await serve(), { assigned: 0, dispatched: [] });
    assert.equal(await hint('unassigned'), true);
  });

  test('not beyond capacity: what waits, is rung for and runs counts, what is done does not', async () => {
    await jrs({ 'Vision Jr.': 4 });
    const mine = { assigned_jr: 'Vision Jr.' };
    await insert(1, { ...mine, status: 'in_progress' });
    await insert(1, { ...mine, dispatched_at: minutesAgo(1) });
    await insert(1, { ...mine, not_before: new Date(now.getTime() + 60_000) });
    await insert(5, { ...mine, status: 'completed' });
    await insert(5);
    assert.partialDeepStrictEqual(await serve(), { assigned: 1 });
    assert.partialDeepStrictEqual(await serve(), { assigned: 0 });
  });

  test('in order of service, as many as are looked at, not before their time; a task that others hold is left', async () => {
    const [late = 0] = await insert(1, { created_at: minutesAgo(1) });
    const [early = 0] = await insert(1, { created_at: minutesAgo(9) });
    const [urgent = 0] = await insert(1, { created_at: minutesAgo(1), priority: 1 });
    const [sacred = 0] = await insert(1, { created_at: now, priority: 9, sacred_fire_priority: 1 });
    await insert(1, { priority: 1, not_before: new Date(now.getTime() + 1) });
    await inTransaction(database.pool, async client => {
      await client.query('select from jr_work_queue where id = $1 for update', [early]);
      assert.partialDeepStrictEqual(await serve({ assignAtMost: 2 }), {
        assigned: 2,
        dispatched: [sacred, urgent],
      });
      assert.partialDeepStrictEqual(await serve({ assignAtMost: 3 }), { assigned: 1, dispatched: [late] });
    });
    assert.partialDeepStrictEqual(await serve(), { assigned: 1, dispatched: [early] });
  });

  test('a status assigned without a Jr, by SQL, is assigned after all', async () => {
    await insert(1, { status: 'assigned' });
    assert.partialDeepStrictEqual(await serve(), { assigned: 1, dispatched: [1] });
  });

  test('who only goes on looks when some were left the last time', async () => {
    await jrs({ 'Vision Jr.': 2 });
    await insert(3);
    assert.partialDeepStrictEqual(await serve({ lookForUnassigned: false }), { assigned: 0 });
    assert.partialDeepStrictEqual(await serve(), { assigned: 2 });
    assert.equal(await hint('unassigned'), true);
    await database.pool.query(`update jr_work_queue set status = 'completed' where status = 'assigned'`);
    assert.partialDeepStrictEqual(await serve({ lookForUnassigned: false }), { assigned: 1 });
    assert.equal(await hint('unassigned'), false);
  });

  test('many at once assign each task once and nobody beyond capacity', async () => {
    await jrs({ 'jr a': 7, 'jr b': 5 });
    await insert(30);
    const sweeps = await Promise.all(Array.from({ length: 6 }, () => serve()));
    assert.equal(
      sweeps.reduce((sum, { assigned }) => sum + assigned, 0),
      12,
    );
    const rung = sweeps.flatMap(({ dispatched }) => dispatched);
    assert.deepEqual([new Set(rung).size, rung.length], [12, 12]);
    const held = (await rows()).map(({ assigned_jr }) => assigned_jr);
    assert.deepEqual(
      ['jr a', 'jr b'].map(name => held.filter(of => of === name).length),
      [7, 5],
    );
  });
});

describe('dispatching', () => {
  const mine = { assigned_jr: 'Vision Jr.' };

  test('what is next in order of service, up to the window; the hint says that others wait', async () => {
    await jrs({ 'Vision Jr.': 100 });
    const first = await insert(3, mine);
    const urgent = await insert(2, { ...mine, priority: 1 });
    assert.deepEqual((await serve({ window: 4 })).dispatched, [...urgent, ...first.slice(0, 2)]);
    assert.equal(await hint('backlog'), true);
    assert.deepEqual((await serve({ window: 4 })).dispatched, []);
    assert.deepEqual((await serve({ window: 9 })).dispatched, first.slice(2));
    assert.equal(await hint('backlog'), false);
  });

  test('a submission whose own message is its bell takes no place in the window', async () => {
    await ledger.takeIn({ submissions: [incoming()], rejections: [], window: 1 }, now);
    const [id] = await insert(1, { ...mine, created_at: now });
    assert.deepEqual((await serve({ window: 1 })).dispatched, [id]);
    const taken = await ledger.takeIn({ submissions: [incoming()], rejections: [], window: 1 }, now);
    assert.equal(taken.held.size, 1);
  });

  test('few bells are out when few were rung for that are not begun; a submission is no such bell', async () => {
    await jrs({ 'Vision Jr.': 100 });
    await ledger.takeIn({ submissions: [incoming()], rejections: [], window: 9 }, now);
    assert.equal(await dispatching.fewBellsOut(0, now), true);
    const ids = await insert(5, mine);
    assert.equal((await serve({ window: 4 })).dispatched.length, 4);
    assert.deepEqual(
      [await dispatching.fewBellsOut(3, now), await dispatching.fewBellsOut(4, now)],
      [false, true],
    );
    await claim(ids.slice(0, 2));
    assert.deepEqual(
      [await dispatching.fewBellsOut(1, now), await dispatching.fewBellsOut(2, now)],
      [false, true],
    );
  });

  test('what waits for a while leaves its place to others: in the window, at its Jr and before the door', async () => {
    await jrs({ 'Vision Jr.': 2 });
    const waiters = await insert(2, mine);
    assert.deepEqual((await serve({ window: 2 })).dispatched, waiters);
    const { tasks } = await claim(waiters);
    const giveBack = (ringAfterSeconds: number) => {
      const end = { outcome: 'interrupted', statusMessage: 'waits for a file', ringAfterSeconds } as const;
      return ledger.settle(
        tasks.map(({ lease }) => ({ lease, end, steps: [] })),
        now,
      );
    };
    assert.equal((await giveBack(120)).size, 2);
    const due = new Date(now.getTime() + 120_000);
    assert.deepEqual(
      [await dispatching.fewBellsOut(0, now), await dispatching.fewBellsOut(1, due)],
      [true, false],
    );
    const takeIn = (at: Date) =>
      ledger
        .takeIn({ submissions: [incoming()], rejections: [], window: 2 }, at)
        .then(({ held }) => held.size);
    assert.equal(await takeIn(now), 0);
    const others = await insert(3, { ...mine, priority: 1 });
    assert.deepEqual((await serve({ window: 2 })).dispatched, others.slice(0, 2));
    // From then on they count again, and one that is claimed before is one that runs.
    assert.equal(await takeIn(due), 1);
    assert.deepEqual((await serve({ window: 4, now: due })).dispatched, []);
    const early = await claim(waiters, new Date(now.getTime() + 10_000));
    assert.deepEqual(early.tasks.map(({ lease }) => lease.taskId).sort(), waiters);
  });

  test('not for a Jr without room or out of service, nor before its time, nor while claims are paused', async () => {
    await jrs({ 'Vision Jr.': 2, 'Research Jr.': 9 });
    await insert(1, { ...mine, status: 'in_progress' });
    const [one] = await insert(3, mine);
    const [other] = await insert(1, { assigned_jr: 'Research Jr.', priority: 9 });
    await insert(1, { assigned_jr: 'Research Jr.', not_before: new Date(now.getTime() + 1) });
    await database.pool.query(`update jr_status set in_service = false where jr_name = 'it_triad_jr'`);
    await insert(1, { assigned_jr: 'it_triad_jr' });
    await database.pool.query(`update jr_control set value = 'true' where name = 'claims_paused'`);
    assert.deepEqual((await serve()).dispatched, []);
    assert.equal(await hint('backlog'), true);
    await database.pool.query(`update jr_control set value = 'false' where name = 'claims_paused'`);
    assert.deepEqual((await serve()).dispatched, [one, other]);
  });

  test('past any number of tasks of a full Jr, which stand before all others', async () => {
    await jrs({ 'Vision Jr.': 3, 'Research Jr.': 2, 'Infrastructure Jr.': 9 });
    const front = await insert(2_000, { ...mine, priority: 1 });
    const research = await insert(5, { assigned_jr: 'Research Jr.' });
    const infra = await insert(2, { assigned_jr: 'Infrastructure Jr.' });
    assert.deepEqual((await serve({ window: 6 })).dispatched, [
      ...front.slice(0, 3),
      ...research.slice(0, 2),
      ...infra.slice(0, 1),
    ]);
    assert.deepEqual((await serve()).dispatched, infra.slice(1));
  });

  test('two at once ring for each task once and fill the window to its brim', async () => {
    await jrs({ 'Vision Jr.': 100 });
    await insert(50, mine);
    const both = await Promise.all([serve({ window: 30 }), serve({ window: 30 })]);
    const rung = both.flatMap(({ dispatched }) => dispatched);
    assert.deepEqual([new Set(rung).size, rung.length], [30, 30]);
  });
});

describe('taking in while bells are out', () => {
  test('what the window has room for is its own bell, in order of service; the rest waits', async () => {
    await insert(1, { assigned_jr: 'Vision Jr.', dispatched_at: minutesAgo(1) });
    const submissions = [
      incoming({ priority: 9 }),
      incoming({ priority: 1 }),
      incoming({ priority: 5 }),
      incoming({ sacredFirePriority: 1, priority: 9 }),
    ];
    const { taskIds, held } = await ledger.takeIn({ submissions, rejections: [], window: 3 }, now);
    assert.deepEqual(
      submissions.map(({ messageId }) => held.has(taskIds.get(messageId) ?? 0)),
      [true, false, true, false],
    );
    const again = await ledger.takeIn({ submissions, rejections: [], window: 3 }, now);
    assert.deepEqual(again.held, held);
  });

  test('where others wait, more than half a window of bells is left to them: what comes waits in its turn', async () => {
    await jrs({ 'Vision Jr.': 100 });
    await insert(5, { assigned_jr: 'Vision Jr.' });
    const heldOf = async (window: number) =>
      (await ledger.takeIn({ submissions: [incoming()], rejections: [], window }, now)).held.size;
    assert.equal((await serve({ window: 2 })).dispatched.length, 2);
    assert.deepEqual([await heldOf(3), await heldOf(4)], [1, 0]);
    assert.equal((await serve({ window: 6 })).dispatched.length, 4);
    assert.equal(await hint('backlog'), false);
    assert.equal(await heldOf(7), 0);
  });

  test('one that is delivered again after it was rung for, or has begun, is not held', async () => {
    const submissions = [incoming()];
    const { held } = await ledger.takeIn({ submissions, rejections: [], window: 0 }, now);
    assert.equal(held.size, 1);
    await serve();
    assert.equal((await ledger.takeIn({ submissions, rejections: [], window: 0 }, now)).held.size, 0);
    await claim([1]);
    await database.pool.query('update jr_work_queue set dispatched_at = null');
    assert.equal((await ledger.takeIn({ submissions, rejections: [], window: 0 }, now)).held.size, 0);
  });
});

describe('the room of a Jr', () => {
  for (const capacity of [1, 3]) {
    test(`with a capacity of ${capacity} never more run, however many claim at once`, async () => {
      await jrs({ 'jr a': capacity, 'jr b': capacity });
      const ids = [
        ...(await insert(24, { assigned_jr: 'jr a', dispatched_at: minutesAgo(1) })),
        ...(await insert(24, { assigned_jr: 'jr b', dispatched_at: minutesAgo(1) })),
      ];
      // Batches that overlap and hold both Jrs in either order.
      const batches = Array.from({ length: 12 }, (_, n) =>
        ids.filter((_, i) => i % 12 === n || i % 12 === 11 - n),
      );
      const claims = await Promise.all(
        batches.map((batch, n) => claim(n % 2 === 0 ? batch : batch.toReversed())),
      );
      assert.equal(claims.flatMap(({ tasks }) => tasks).length, 2 * capacity);
      const held = (await rows()).filter(({ status }) => status === 'in_progress');
      for (const name of ['jr a', 'jr b'])
        assert.equal(held.filter(({ assigned_jr }) => assigned_jr === name).length, capacity);
    });
  }

  /** As many connections as invocations, which ask as a function does. */
  async function withConnections(work: (pool: pg.Pool) => Promise<void>): Promise<void> {
    const pool = createPool({
      databaseUrl: database.url,
      max: 12,
      plansOnce: true,
      onIdleError: console.error,
    });
    try {
      await work(pool);
    } finally {
      await pool.end();
    }
  }

  test('with plenty of it several claim side by side, and it is exact all the same when it grows short', async () => {
    await withConnections(async pool => {
      const beside = postgresLedger(pool);
      for (const capacity of [45, 65, 85, 50, 70, 90]) {
        const name = `jr of ${capacity}`;
        await jrs({ [name]: capacity });
        const batches = await Promise.all(
          Array.from({ length: 12 }, () => insert(10, { assigned_jr: name, dispatched_at: minutesAgo(1) })),
        );
        const claims = await Promise.all(batches.map(batch => claim(batch, now, beside)));
        assert.equal(claims.flatMap(({ tasks }) => tasks).length, capacity);
      }
    });
  });

  test('is asked for by one beside another while there is plenty; who has to know it exactly waits for both', async () => {
    await jrs({ 'jr a': 100 });
    await withConnections(async pool => {
      const connect = async () => {
        const client = await pool.connect();
        const { rows } = await client.query<{ lane: number }>('select pg_backend_pid() % 4 as lane');
        const room = async (call: string) =>
          (await client.query<{ room: number }>(`select ${call} as room`)).rows[0]?.room;
        const begin = () => client.query(`begin; set local lock_timeout = '50 ms'`);
        return { client, lane: rows[0]?.lane, room, begin };
      };
      /** Whose count takes long, as the first on a connection does, asks exactly: it is asked again. */
      const inLane = async ({ client, room, begin }: Awaited<ReturnType<typeof connect>>) => {
        for (let tries = 1; ; tries += 1) {
          assert.ok(tries < 100, 'nobody is let into a lane');
          await begin();
          const answer = await room(`jr_room_for('jr a', now(), 10)`).catch(() => null);
          if (answer === 70) return;
          await client.query('rollback');
        }
      };
      const one = await connect();
      const others = [await connect()];
      while (others.at(-1)?.lane === one.lane) others.push(await connect());
      const [other = one] = others.toReversed();
      const last = await connect();
      try {
        await inLane(one);
        await inLane(other);
        await last.begin();
        await assert.rejects(last.room(`jr_room('jr a', now())`), { code: '55P03' });
        await last.client.query('rollback');
        await one.client.query('commit');
        await other.client.query('commit');
        assert.equal(await last.room(`jr_room('jr a', now())`), 100);
      } finally {
        for (const { client } of [one, ...others, last]) client.release(true);
      }
    });
  });

  test('nobody waits for the claims of another Jr, whose name happens to have the same hash of 32 bits', async () => {
    await jrs({ 'Jr. 7243': 5, 'Jr. 33341': 5 });
    await withConnections(async pool => {
      const [one, other] = [await pool.connect(), await pool.connect()];
      try {
        await one.query(`begin; select jr_room('Jr. 7243', now())`);
        await other.query(`begin; set local lock_timeout = '50 ms'`);
        await other.query(`select jr_room('Jr. 33341', now())`);
      } finally {
        one.release(true);
        other.release(true);
      }
    });
  });

  const runningSince = async () =>
    (await database.pool.query(`select running_since from jr_status where jr_name = 'jr a'`)).rows[0]
      ?.running_since;

  test('is exact wherever the count may begin: for clocks that go late, and for what was set to running by SQL', async () => {
    await jrs({ 'jr a': 3 });
    await database.pool.query(`update jr_status set running_since = $1 where jr_name = 'jr a'`, [now]);
    await insert(1, { assigned_jr: 'jr a', status: 'in_progress', started_at: minutesAgo(30) });
    const begun = await insert(2, { assigned_jr: 'jr a', status: 'assigned' });
    assert.equal((await claim(begun, minutesAgo(1))).tasks.length, 2);
    assert.deepEqual(await runningSince(), minutesAgo(1));
    const [next = 0] = await insert(1, { assigned_jr: 'jr a', status: 'assigned' });
    assert.equal((await claim([next])).tasks.length, 0);
  });

  test('counts what somebody gave to it by SQL while it ran', async () => {
    await jrs({ 'jr a': 2, 'jr b': 2 });
    const elsewhere = await insert(2, { assigned_jr: 'jr b', status: 'assigned' });
    assert.equal((await claim(elsewhere, minutesAgo(30))).tasks.length, 2);
    await database.pool.query(`update jr_status set running_since = $1 where jr_name = 'jr a'`, [now]);
    await database.pool.query(`update jr_work_queue set assigned_jr = 'jr a'`);
    const [next = 0] = await insert(1, { assigned_jr: 'jr a', status: 'assigned' });
    assert.equal((await claim([next])).tasks.length, 0);
  });

  test('counts what somebody set to waiting by SQL while it ran, and to running again', async () => {
    await jrs({ 'jr a': 2 });
    const two = await insert(2, { assigned_jr: 'jr a', status: 'assigned' });
    assert.equal((await claim(two, minutesAgo(30))).tasks.length, 2);
    await database.pool.query(`update jr_work_queue set status = 'assigned'`);
    await database.pool.query(`update jr_status set running_since = $1 where jr_name = 'jr a'`, [now]);
    await database.pool.query(`update jr_work_queue set status = 'in_progress'`);
    const [next = 0] = await insert(1, { assigned_jr: 'jr a', status: 'assigned' });
    assert.equal((await claim([next])).tasks.length, 0);
    await database.pool.query(`update jr_status set running_since = $1 where jr_name = 'jr a'`, [
      minutesAgo(30),
    ]);
    await database.pool.query(`update jr_work_queue set status = 'completed' where id = any($1)`, [two]);
    assert.equal((await claim([next])).tasks.length, 1);
    assert.notEqual(await runningSince(), null, 'a claim has nobody count anew');
  });

  test('is counted past what has ended while a long transaction keeps its entries', async () => {
    await jrs({ 'jr a': 3 });
    await inTransaction(database.pool, async horizon => {
      await horizon.query('set transaction isolation level repeatable read');
      await horizon.query('select');
      await insert(8_000, { assigned_jr: 'jr a', status: 'in_progress', started_at: minutesAgo(30) });
      await database.pool.query(`update jr_work_queue set lease_expires_at = now() where id > 1`);
      await database.pool.query(`update jr_work_queue set status = 'completed' where id > 2`);
      const two = await insert(2, { assigned_jr: 'jr a', status: 'assigned' });
      assert.equal((await claim(two)).tasks.length, 1);
      // What runs from before is never left out.
      assert.deepEqual(await runningSince(), minutesAgo(30));
      await database.pool.query(`update jr_work_queue set status = 'completed' where id = 2`);
      const [next = 0] = await insert(1, { assigned_jr: 'jr a', status: 'assigned' });
      assert.equal((await claim([next])).tasks.length, 1);
      assert.deepEqual(await runningSince(), now);
    });
  });

  test('what does not fit gives its bell back and waits; the first in order of service fit', async () => {
    await jrs({ 'jr a': 2 });
    const [late = 0] = await insert(1, {
      assigned_jr: 'jr a',
      dispatched_at: now,
      created_at: minutesAgo(1),
    });
    const [early = 0] = await insert(1, { assigned_jr: 'jr a', dispatched_at: now });
    const [urgent = 0] = await insert(1, { assigned_jr: 'jr a', dispatched_at: now, priority: 1 });
    const { tasks, backlog: others } = await claim([late, early, urgent]);
    assert.deepEqual(
      tasks.map(({ lease }) => lease.taskId),
      [urgent, early],
    );
    assert.equal(others, true);
    assert.partialDeepStrictEqual((await rows())[0], { status: 'pending', rung: false });
  });

  test('a batch that fills its Jr is told, since others may be turned away meanwhile; one that leaves room is not', async () => {
    await jrs({ 'jr a': 2 });
    const [one = 0, two = 0] = await insert(2, { assigned_jr: 'jr a', dispatched_at: now });
    assert.equal((await claim([one])).backlog, false);
    assert.equal((await claim([two])).backlog, true);
  });

  test('out of service nothing is begun; one without a Jr always is', async () => {
    await database.pool.query(`update jr_status set in_service = false where jr_name = 'Vision Jr.'`);
    const [mine = 0] = await insert(1, { assigned_jr: 'Vision Jr.', dispatched_at: now });
    const free = await insert(12, { dispatched_at: now });
    assert.equal((await claim([mine, ...free])).tasks.length, 12);
    assert.partialDeepStrictEqual((await rows())[0], { status: 'pending', rung: false });
  });

  test('paused or not before its time: the bell is given back', async () => {
    const [waits = 0] = await insert(1, { dispatched_at: now, not_before: new Date(now.getTime() + 1) });
    await claim([waits]);
    assert.partialDeepStrictEqual((await rows())[0], { rung: false });
    await database.pool.query(`update jr_control set value = 'true' where name = 'claims_paused'`);
    const [paused = 0] = await insert(1, { dispatched_at: now });
    assert.deepEqual((await claim([paused])).tasks, []);
    assert.partialDeepStrictEqual((await rows())[1], { rung: false });
  });

  test('a retry counts too, and is rung again when there is no room; one that is taken over after a crash fits', async () => {
    await jrs({ 'jr a': 1 });
    const [runs = 0] = await insert(1, { assigned_jr: 'jr a' });
    const [fails = 0] = await insert(1, { assigned_jr: 'jr a', status: 'failed' });
    await database.pool.query(
      `insert into jr_failed_tasks_dlq (original_task_id, failure_reason, resolution_status, next_retry_timestamp, created_at)
       values ($1, 'x', 'retrying', $2, $2)`,
      [fails, now],
    );
    assert.equal((await claim([runs])).tasks.length, 1);
    assert.partialDeepStrictEqual(await claim([fails]), { tasks: [], crowded: [fails] });
    const dueAgain = (minutes: number) =>
      postgresLadderLedger(database.pool).takeDueRetries({
        now: minutesAgo(-minutes),
        dueBefore: minutesAgo(1 - minutes),
        rungBefore: minutesAgo(5 - minutes),
        oldestEntry: new Date(0),
        limit: 10,
      });
    // Rung by the sweep besides it would have two bells, and one more with each sweep.
    assert.deepEqual(await dueAgain(2), []);
    assert.deepEqual(await dueAgain(6), [fails]);
    const afterLease = new Date(now.getTime() + 61_000);
    assert.equal((await claim([runs], afterLease)).tasks.length, 1);
    await database.pool.query(`update jr_work_queue set status = 'completed' where id = $1`, [runs]);
    assert.equal((await claim([fails])).tasks.length, 1);
  });
});

describe('lost bells', () => {
  const take = (queued: number) =>
    dispatching.takeBackLostBells({ queued, rungBefore: minutesAgo(2), lostBefore: minutesAgo(30) }, now);

  test('as many as the queue is short of, the oldest first, none that was rung lately', async () => {
    const [third = 0] = await insert(1, { dispatched_at: minutesAgo(3) });
    const [fifth = 0] = await insert(1, { dispatched_at: minutesAgo(5) });
    const [fourth = 0] = await insert(1, { dispatched_at: minutesAgo(4) });
    const [fresh = 0] = await insert(1, { dispatched_at: minutesAgo(1) });
    await insert(3, { status: 'completed', dispatched_at: minutesAgo(9) });
    assert.equal(await take(4), 0);
    assert.equal(await take(100), 0);
    assert.equal(await take(2), 2);
    const rung = new Map((await rows()).map(({ id, rung }) => [id, rung]));
    assert.deepEqual(
      [third, fourth, fifth, fresh].map(id => rung.get(id)),
      [true, false, false, true],
    );
    assert.equal(await take(0), 1);
    assert.equal(await take(0), 0);
  });

  test('those of half an hour ago, however much else is in the queue, once a ping sent since has come back', async () => {
    const ping = (sent: Date, seen: Date) =>
      database.pool.query('update jr_status set pinged_at = $1, last_seen = $2', [sent, seen]);
    await insert(2, { dispatched_at: minutesAgo(30) });
    await insert(2, { dispatched_at: minutesAgo(29) });
    assert.equal(await take(100), 0);
    await ping(minutesAgo(10), minutesAgo(11));
    assert.equal(await take(100), 0);
    await ping(minutesAgo(31), minutesAgo(1));
    assert.equal(await take(100), 0);
    await ping(minutesAgo(10), minutesAgo(1));
    assert.equal(await take(100), 2);
    assert.equal(await take(100), 0);
    assert.equal(await take(0), 2);
  });

  test('what an attempt gave back has the bell that was rung for it then, not the one that began it', async () => {
    const [given = 0] = await insert(1, { dispatched_at: minutesAgo(9) });
    const [usedUp = 0] = await insert(1, { dispatched_at: minutesAgo(9), started_at: minutesAgo(8) });
    const began = minutesAgo(5);
    const { tasks } = await claim([given], began);
    const end = { outcome: 'interrupted', statusMessage: 'waits' } as const;
    const settlements = tasks.map(({ lease }) => ({ lease, end, steps: [] }));
    // Within the same millisecond, or by a clock that goes a little differently.
    assert.equal((await ledger.settle(settlements, minutesAgo(6))).size, 1);
    assert.equal(await take(100), 1);
    const rung = new Map((await rows()).map(each => [each.id, each.rung]));
    assert.deepEqual([rung.get(given), rung.get(usedUp)], [true, false]);
    assert.equal(await take(0), 1);
  });

  test('two who look at once take each back once', async () => {
    await insert(10, { dispatched_at: minutesAgo(3) });
    const taken = await Promise.all([take(0), take(0), take(0)]);
    assert.equal(
      taken.reduce((sum, n) => sum + n, 0),
      10,
    );
  });
});

test('what waits for a Jr is counted, with since when; while Jrs are there, up to a limit', async () => {
  await insert(2, { created_at: minutesAgo(7) });
  await insert(1, { created_at: minutesAgo(3) });
  await insert(1, { not_before: new Date(now.getTime() + 1) });
  await insert(1, { assigned_jr: 'Vision Jr.' });
  await database.pool.query('update jr_status set in_service = false, last_seen = $1', [now]);
  await database.pool.query(
    `update jr_status set in_service = true, last_seen = $1 where jr_name = 'Vision Jr.'`,
    [minutesAgo(6)],
  );
  assert.deepEqual(await dispatching.viewAssignment(minutesAgo(5), now, 2), {
    online: 0,
    unassigned: 3,
    oldestUnassignedAt: minutesAgo(7),
    lastSeenAt: minutesAgo(6),
  });
  assert.partialDeepStrictEqual(await dispatching.viewAssignment(minutesAgo(7), now, 2), {
    online: 1,
    unassigned: 2,
  });
  assert.partialDeepStrictEqual(await dispatching.viewAssignment(minutesAgo(7), now, 9), { unassigned: 3 });
});
