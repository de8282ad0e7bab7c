// A minute sweep of the backlog that finds something to do in each of its parts dies before or after every call that it
// makes, or has it fail: a later sweep leaves nothing undone and nothing done twice.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import type { Fault } from '../support/crash/points.ts';
import { minute, World } from '../support/crash/world.ts';
import { disagreements } from '../support/disagreements.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

const faults: readonly Fault[] = (['crash', 'error'] as const).flatMap(kind =>
  (['before', 'after'] as const).map(when => ({ kind, when })),
);

/** $1 is now. */
const backlog = [
  'delete from jr_alerts',
  'update jr_dispatch set backlog = false, unassigned = false',
  `update jr_status set is_online = jr_name in ('Vision Jr.', 'Research Jr.'), last_seen = $1, in_service = true,
     max_concurrent = 6, last_assigned_at = null`,
  `insert into jr_alerts (scope, name, target, summary, next_action, began_at, observed_at, told)
   values ('auto-assign', 'nobody-online', 'operations', 'Nobody was there.', 'Look.', $1, $1, 'begun')`,
  `insert into jr_work_queue (title, instruction_content, assigned_jr, status, created_at, dispatched_at)
   select kind || n, format(E'Create \`%s%s.txt\`:\n\`\`\`\nx\n\`\`\`\n', kind, n), jr, status,
     $1::timestamptz - interval '1 hour', rung_at
   from generate_series(1, 3) n, (values
     ('unassigned', null, 'pending', null), ('assigned', 'Vision Jr.', 'assigned', null),
     ('lost', 'Research Jr.', 'assigned', $1::timestamptz - interval '10 minutes')
   ) as k(kind, jr, status, rung_at)`,
];

/** Sweeps with that fault, and again when three minutes have passed; the bells are answered then. */
async function sweepTwice(struck: ReadonlyMap<number, Fault> = new Map()): Promise<readonly string[]> {
  const { pool } = world.database;
  await world.begin({ faults: struck });
  for (const sql of backlog) await pool.query(sql, sql.includes('$1') ? [new Date(world.now)] : []);
  await world.assign('first');
  const calls = [...world.points.seen];
  await assertLedgerHolds(pool);
  world.now += 3 * minute;
  await world.assign('second');
  await world.deliverAll(1);
  await assertLedgerHolds(pool);
  assert.deepEqual(await disagreements(pool), []);
  const { rows } = await pool.query(
    `select (select json_agg(distinct json_build_array(status, attempt_count)::text) from jr_work_queue) as tasks,
       (select count(*)::int from jr_work_queue where assigned_jr in ('Vision Jr.', 'Research Jr.')) as given,
       (select json_agg(ended_at is not null) from jr_alerts) as over`,
  );
  assert.deepEqual(rows, [{ tasks: ['["completed", 1]'], given: 9, over: [true] }]);
  return calls;
}

test('wherever it dies or a call fails, a later sweep makes it good', { timeout: 240_000 }, async () => {
  const calls = await sweepTwice();
  for (const part of ['queue depth', 'queue ring']) assert.ok(calls.includes(part), `${calls}`);
  const broken: string[] = [];
  for (const [number, name] of calls.entries()) {
    for (const fault of faults) {
      try {
        const faulty = await sweepTwice(new Map([[number, fault]]));
        assert.equal(faulty[number], name, 'the run is another one before the fault');
        if (fault.kind === 'crash') assert.equal(world.crashes, 1, 'nothing crashed');
      } catch (error) {
        broken.push(`${fault.kind} ${fault.when} call ${number}, ${name}: ${String(error)}`);
      }
    }
  }
  console.log(
    `sweep of the backlog: ${calls.length} calls, ${faults.length * calls.length} faults tried, ${broken.length} broken`,
  );
  assert.equal(broken.length, 0, broken.slice(0, 3).join('\n\n'));
});
