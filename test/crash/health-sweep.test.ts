// A health sweep that finds something to do in each of its parts dies after every call that it makes, or has it fail:
// the next sweep leaves the ledger as though nothing had happened, and what runs was not touched.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Fault } from '../support/crash/points.ts';
import { World } from '../support/crash/world.ts';
import { disagreements } from '../support/disagreements.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

/** JR_CRASH=full: also before each call, and calls that fail under a process that lives. */
const faults: readonly Fault[] =
  process.env['JR_CRASH'] === 'full'
    ? (['crash', 'error'] as const).flatMap(kind =>
        (['before', 'after'] as const).map(when => ({ kind, when })),
      )
    : [{ kind: 'crash', when: 'after' }];

/** $1 is now. A Jr that is silent while others answer, and a task for every part. */
const illness = [
  `update jr_status set is_online = true, in_service = true, last_seen = $1::timestamptz - interval '1 minute', pinged_at = null,
     breaker_state = 'closed', breaker_failures = 0, breaker_opened_at = null, breaker_next_try_at = null, restart_count = 0`,
  `update jr_status set last_seen = $1::timestamptz - interval '11 minutes', pinged_at = $1::timestamptz - interval '10 minutes'
   where jr_name = 'Vision Jr.'`,
  `update jr_status set is_online = false, breaker_state = 'open', breaker_failures = 2, last_seen = null,
     breaker_opened_at = $1::timestamptz - interval '10 minutes', breaker_next_try_at = $1
   where jr_name = 'it_triad_jr'`,
  `insert into jr_work_queue (id, title, status, assigned_jr, parent_task_id, lease_expires_at, started_at, lease_epoch, attempt_count, updated_at)
   values
     (1, 'lease ran out', 'in_progress', 'Vision Jr.', null, $1::timestamptz - interval '1 second', $1, 1, 1, $1),
     (2, 'runs for nine hours', 'in_progress', 'Vision Jr.', null, $1::timestamptz + interval '1 second',
       $1::timestamptz - interval '9 hours', 1, 1, $1),
     (3, 'waits for a silent Jr', 'assigned', 'Vision Jr.', null, null, null, 0, 0, $1),
     (4, 'parent', 'completed', null, null, null, null, 0, 0, $1),
     (5, 'child', 'blocked', null, 4, null, null, 0, 0, $1),
     (6, 'parent', 'cancelled', null, null, null, null, 0, 0, $1),
     (7, 'child', 'blocked', null, 6, null, null, 0, 0, $1),
     (8, 'failed without an entry', 'failed', null, null, null, null, 0, 0, $1),
     (9, 'set back while it ran', 'pending', null, null, $1::timestamptz + interval '1 minute', $1, 3, 1, $1),
     (10, 'ended long ago', 'completed', null, null, null, null, 0, 1, $1::timestamptz - interval '100 days'),
     (11, 'set back', 'pending', null, null, null, null, 0, 0, $1),
     (12, 'waits for itself', 'blocked', null, 12, null, null, 0, 0, $1)`,
  `insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome)
   values (10, 1, 1, $1::timestamptz - interval '100 days', $1::timestamptz - interval '100 days', 'completed')`,
  `insert into jr_failed_tasks_dlq (original_task_id, failure_reason, resolution_status, escalation_level,
     assigned_escalation_target, raised_at)
   values (11, 'r', 'unresolved', 2, 'TPM', $1)`,
];

/** What a sweep leaves, but for what differs from one run to the next. */
const leftSql = `
select (select json_agg(to_jsonb(w) - 'task_key' - 'created_at' order by id) from jr_work_queue w) as tasks,
  (select json_agg(to_jsonb(d) - 'id' - 'created_at' order by original_task_id) from jr_failed_tasks_dlq d) as entries,
  (select json_agg(a order by task_id, attempt) from jr_task_attempts a) as attempts,
  (select json_agg(j order by jr_name) from jr_status j) as jrs,
  (select json_agg(name order by name) from jr_alerts) as alerts`;

async function sweepTwice(struck: ReadonlyMap<number, Fault> = new Map()) {
  const { pool } = world.database;
  await world.begin({ faults: struck });
  await pool.query('delete from jr_alerts; delete from jr_service_levels');
  const now = new Date(world.now);
  for (const sql of illness) await pool.query(sql, sql.includes('$1') ? [now] : []);
  const running = 'select * from jr_work_queue where id = 2';
  const untouched = (await pool.query(running)).rows;
  await world.health('first');
  const calls = [...world.points.seen];
  const second = await world.health('second');
  assert.deepEqual(second?.failed, []);
  assert.deepEqual((await pool.query(running)).rows, untouched, 'what runs was touched');
  assert.deepEqual(await disagreements(pool), []);
  const rung = world.queues.messages.map(({ body }) => JSON.parse(body));
  const bells = new Set(rung.filter(({ type }) => type === 'task.run').map(({ task_id }) => task_id));
  const asked = new Set(rung.filter(({ type }) => type === 'jr.ping').map(({ jr_name }) => jr_name));
  const left = (await pool.query(leftSql)).rows[0];
  return { calls, state: { left, bells: [...bells].sort(), asked: [...asked].sort() } };
}

test('wherever it dies or a call fails, the next sweep makes it good', { timeout: 240_000 }, async () => {
  const { calls, state } = await sweepTwice();
  assert.deepEqual(state.bells, [1]);
  assert.equal(state.asked.includes('Vision Jr.'), false);
  assert.equal(state.asked.includes('it_triad_jr'), true);
  const jr = (name: string) => state.left.jrs.find(({ jr_name }: { jr_name: string }) => jr_name === name);
  assert.partialDeepStrictEqual(jr('Vision Jr.'), {
    breaker_state: 'open',
    breaker_failures: 1,
    is_online: false,
  });
  assert.partialDeepStrictEqual(jr('it_triad_jr'), { breaker_state: 'half_open', restart_count: 1 });
  assert.deepEqual(
    state.left.tasks.map(({ status }: { status: string }) => status),
    [
      'in_progress',
      'in_progress',
      'pending',
      'completed',
      'pending',
      'cancelled',
      'blocked',
      'failed',
      'pending',
      'completed',
      'pending',
      'blocked',
    ],
  );
  const broken: string[] = [];
  for (const fault of faults) {
    for (const [number, name] of calls.entries()) {
      try {
        const faulty = await sweepTwice(new Map([[number, fault]]));
        assert.equal(faulty.calls[number], name, 'the run is another one before the fault');
        assert.deepEqual(faulty.state, state);
      } catch (error) {
        broken.push(
          `${fault.kind} ${fault.when} call ${number}, ${name}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  }
  console.log(
    `health sweep: ${calls.length} calls, ${faults.length * calls.length} faults tried, ${broken.length} broken`,
  );
  assert.equal(broken.length, 0, broken.slice(0, 3).join('\n\n'));
});
