import assert from 'node:assert/strict';
import ladder from '../../../infra/ladder.json' with { type: 'json' };
import { createDocument, editDocument } from '../messages.ts';
import { assertLedgerHolds } from './invariants.ts';
import type { Fault } from './points.ts';
import type { World } from './world.ts';

const before = new Map([
  ['shared/one.txt', 'first\nanchor of the insertion\nto be deleted\nlast\n'],
  ['shared/two.txt', 'alpha\r\nbeta\r\ngamma'],
  ['own/three.txt', 'three\n'],
]);

/** Two tasks of three steps each, creates and edits, that share two files; and one that nobody can execute. */
const documents = [
  [
    createDocument('made/deep/a.txt', 'made by a'),
    editDocument('shared/one.txt', 'anchor of the insertion', 'anchor of the insertion\ninserted by a'),
    editDocument('shared/two.txt', 'beta', 'beta by a'),
  ],
  [
    editDocument('shared/one.txt', 'to be deleted\nlast', 'last'),
    editDocument('shared/two.txt', 'alpha', 'alpha\nalpha'),
    createDocument('made/b.txt', 'made by b'),
  ],
  [editDocument('own/three.txt', 'not there', 'new')],
].map(document => document.join('\n'));

const after = new Map([
  ['shared/one.txt', 'first\nanchor of the insertion\ninserted by a\nlast\n'],
  ['shared/two.txt', 'alpha\r\nalpha\r\nbeta by a\r\ngamma'],
  ['own/three.txt', 'three\n'],
  ['made/deep/a.txt', 'made by a\n'],
  ['made/b.txt', 'made by b\n'],
]);

/** Waits of 10 and 20 minutes: the first is rung by an SQS delay, the second by a one-time schedule. */
const rules = { ...ladder.rules, retry_base_seconds: 300 };

/**
 * One run: the submissions, one of them delivered twice, a disk that refuses the second task twice, its retries.
 * Judged after every step and at its end. Answers the calls that were made.
 */
export async function runScenario(world: World, faults: ReadonlyMap<number, Fault> = new Map()) {
  await world.begin({ files: before, rules, faults, refuses: refusals() });
  const bodies = documents.map(instruction_content =>
    JSON.stringify({ type: 'task.submit', instruction_content }),
  );
  const messageIds = bodies.map(body => world.queues.send(body));
  // Delivered once more, long after the first time.
  world.queues.send(bodies[0] ?? '', 700, messageIds[0]);
  const check = () => assertLedgerHolds(world.database.pool);
  await world.untilQuiet(check);
  await assertEnd(world);

  // Whatever is rung now finds nothing to do (invariants 2 and 11).
  const rest = await contents(world);
  const { rows } = await world.database.pool.query<{ id: number }>(
    'select id from jr_work_queue order by id',
  );
  for (const { id } of rows) world.queues.send(JSON.stringify({ type: 'task.run', task_id: id }));
  world.now += 3_600_000;
  await world.untilQuiet(check);
  assert.deepEqual(await contents(world), rest);
  return world.points;
}

/**
 * The disk refuses the last file of the second task three times, when its others are written already: twice in the
 * first invocation, which tries again what failed beside something that was written, and once in the retry.
 */
function refusals(): (name: string) => boolean {
  let left = 3;
  return name => /^file rename .*b\.txt$/.test(name) && left-- > 0;
}

async function assertEnd(world: World): Promise<void> {
  const { rows } = await world.database.pool.query(
    `select w.status, d.escalation_level as level, d.resolution_status as entry, d.error_code as code,
       (select json_agg(json_build_array(s.step_number, s.execution_result) order by s.step_number)
        from jr_step_rewards s where s.task_id = w.id) as steps
     from jr_work_queue w left join jr_failed_tasks_dlq d
       on d.original_task_id = w.id and d.resolution_status in ('unresolved', 'retrying')
     order by w.id`,
  );
  const three = [1, 2, 3].map(n => [n, 'success']);
  const done = { status: 'completed', level: null, entry: null, code: null, steps: three };
  assert.deepEqual(rows, [
    done,
    done,
    { status: 'failed', level: 2, entry: 'unresolved', code: 'SEARCH_NOT_FOUND', steps: [[1, 'failed']] },
  ]);
  assert.deepEqual(await world.files(), after);
  assert.ok(world.notices.length >= 1, 'nobody was told of the task that failed');
}

async function contents(world: World) {
  const { rows } = await world.database.pool.query(
    `select (select json_agg(w order by id) from jr_work_queue w) as tasks,
       (select json_agg(a order by task_id, attempt) from jr_task_attempts a) as attempts,
       (select json_agg(d order by id) from jr_failed_tasks_dlq d) as entries,
       (select json_agg(s order by id) from jr_step_rewards s) as steps`,
  );
  return { ledger: rows, files: await world.files() };
}
