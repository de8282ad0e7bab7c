// Tasks that nobody goes on with while an attempt of theirs lies dead between two renames (invariant 4).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { interleave } from '../support/crash/interleave.ts';
import { expectedOf, sharedFiles, tasksWith, telling } from '../support/crash/scenarios.ts';
import { World } from '../support/crash/world.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

test('a task that dies three times between two renames leaves its files as they were', async () => {
  const [first = ''] = tasksWith(telling);
  await world.begin({ files: sharedFiles, kills: name => /^file rename .*one\.txt$/.test(name) });
  world.queues.send(JSON.stringify({ type: 'task.submit', instruction_content: first }));
  await world.untilQuiet();
  assert.deepEqual(await world.files(), expectedOf([], telling));
});

test('a task that is cancelled after its attempt died leaves its files as they were', async () => {
  // The first worker steps until it has renamed one file; then its lease ends, and its task is cancelled.
  for (let steps = 30; steps < 50; steps++) {
    const choices = [...Array<number>(steps).fill(0), ...Array<number>(400).fill(1)];
    await interleave(
      world,
      [{ kind: 'deliver' }, { kind: 'freeze', seconds: 61 }, { kind: 'cancel', id: 1 }],
      choices,
      new Set(),
    );
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
