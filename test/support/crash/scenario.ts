import assert from 'node:assert/strict';
import { assertLedgerHolds } from './invariants.ts';
import type { CrashPoints, Fault } from './points.ts';
import type { Scenario } from './scenarios.ts';
import type { World } from './world.ts';

/**
 * Runs a scenario until nothing is left to do, and judges it after every step and at its end.
 * Answers the calls that were made.
 */
export async function runScenario(
  world: World,
  scenario: Scenario,
  faults: ReadonlyMap<number, Fault> = new Map(),
): Promise<CrashPoints> {
  const { rules, files, documents, duplicateAfterSeconds, timeoutMs, outside } = scenario;
  const began = world.start;
  await world.begin({
    rules,
    files,
    faults,
    ...(timeoutMs && { timeoutMs }),
    ...outside(() => world.now - began),
  });
  const bodies = documents.map(instruction_content =>
    JSON.stringify({ type: 'task.submit', instruction_content }),
  );
  const messageIds = bodies.map(body => world.queues.send(body));
  world.queues.send(bodies[0] ?? '', duplicateAfterSeconds, messageIds[0]);
  const check = () => assertLedgerHolds(world.database.pool);
  await world.untilQuiet(check);
  await assertEnd(world, scenario);

  // Whatever is rung now finds nothing to do (invariants 2 and 11).
  const rest = await contents(world);
  const { rows } = await world.database.pool.query<{ id: number }>(
    'select id from jr_work_queue order by id',
  );
  for (const { id } of rows) world.queues.send(JSON.stringify({ type: 'task.run', task_id: id }));
  world.now += 3_600_000;
  await world.untilQuiet(check);
  assert.deepEqual(await contents(world), rest, 'a bell too many changed something');
  return world.points;
}

async function assertEnd(world: World, { tasks, filesAfter, notices }: Scenario): Promise<void> {
  const { rows } = await world.database.pool.query(
    `select w.status, d.escalation_level as level, d.resolution_status as entry, d.error_code as code,
       (select json_agg(json_build_array(s.step_number, s.execution_result) order by s.step_number)
        from jr_step_rewards s where s.task_id = w.id) as steps
     from jr_work_queue w left join jr_failed_tasks_dlq d
       on d.original_task_id = w.id and d.resolution_status in ('unresolved', 'retrying')
     order by w.id`,
  );
  assert.deepEqual(rows, tasks);
  assert.deepEqual(await world.files(), filesAfter, 'files are not as expected');
  assert.ok(world.notices.length >= notices, 'somebody is waited for who was not told');
}

/** Everything that may not change any more. */
async function contents(world: World) {
  const { rows } = await world.database.pool.query(
    `select (select json_agg(w order by id) from jr_work_queue w) as tasks,
       (select json_agg(a order by task_id, attempt) from jr_task_attempts a) as attempts,
       (select json_agg(d order by id) from jr_failed_tasks_dlq d) as entries,
       (select json_agg(s order by task_id, step_number) from jr_step_rewards s) as steps`,
  );
  return { ledger: rows, files: await world.files() };
}
