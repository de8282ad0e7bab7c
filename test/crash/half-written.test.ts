// Tasks that nobody goes on with while an attempt of theirs lies dead between two files (invariant 4).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isPlacing } from '../support/crash/hook-files.ts';
import { interleave } from '../support/crash/interleave.ts';
import { expectedOf, sharedFiles, tasksWith, telling } from '../support/crash/scenarios.ts';
import { World } from '../support/crash/world.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

test('a task that dies three times between two files leaves its files as they were', async () => {
  const [first = ''] = tasksWith(telling);
  await world.begin({ files: sharedFiles, kills: name => isPlacing(name) && name.endsWith('one.txt') });
  world.queues.send(JSON.stringify({ type: 'task.submit', instruction_content: first }));
  await world.untilQuiet();
  assert.deepEqual(await world.files(), expectedOf([], telling));
});

test('a task that is cancelled after its attempt died leaves its files as they were', async () => {
  // The first worker takes so many steps; then its lease ends, and its task is cancelled.
  const cancelAfter = (steps: number) =>
    interleave(
      world,
      [{ kind: 'deliver' }, { kind: 'freeze', seconds: 61 }, { kind: 'cancel', id: 1 }],
      [...Array<number>(steps + 1).fill(0), ...Array<number>(400).fill(1)],
      new Set(),
    );
  await cancelAfter(1_000);
  const { seen } = world.points;
  const from = seen.findIndex(isPlacing);
  const to = seen.findIndex(name => name.startsWith('sql commit'));
  assert.ok(from > 0 && to > from + 3, seen.join('\n'));
  for (let steps = from; steps <= to; steps++) {
    await cancelAfter(steps);
    const { rows } = await world.database.pool.query<{ status: string }>(
      'select status from jr_work_queue order by id',
    );
    assert.deepEqual(
      await world.files(),
      expectedOf(
        rows.map(({ status }) => status === 'completed'),
        telling,
      ),
      `after ${steps} steps`,
    );
  }
});
