import { after, before, test } from 'node:test';
import { runScenario } from '../support/crash/scenario.ts';
import { poison } from '../support/crash/scenarios.ts';
import { World } from '../support/crash/world.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

test('a task that kills its process takes no other of its batch to the TPM', async () => {
  await runScenario(world, {
    ...poison,
    documents: poison.documents.toReversed(),
    tasks: poison.tasks.toReversed(),
    duplicateAfterSeconds: 10_000,
  });
});
