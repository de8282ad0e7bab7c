// An attempt is frozen after each of its calls in turn, until its lease has run out and another has done its work; then
// it thaws (invariant 3).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Command, interleave } from '../support/crash/interleave.ts';
import { World } from '../support/crash/world.ts';

const full = process.env['JR_CRASH'] === 'full';
const commands: Command[] = [{ kind: 'deliver' }, { kind: 'freeze', seconds: 361 }, { kind: 'deliver' }];

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

// Rolling back comes after writing, so that the second has nearly all points of the first.
for (const [what, refused] of [
  ['writing', []],
  ['rolling back, because the disk refused the last file', [2]],
] as const) {
  test(`frozen at every point of ${what}: thawed, it changes nothing`, {
    timeout: 600_000,
    skip: !full && refused.length === 0 ? 'rolling back has its points too: npm run test:crash' : false,
  }, async () => {
    const freezeAfter = (steps: number) => {
      // The first worker takes so many steps; then time passes, the second goes to its end, and the first goes on.
      const choices = [...Array<number>(steps + 1).fill(0), ...Array<number>(400).fill(1)];
      return interleave(world, commands, choices, new Set(refused));
    };
    await freezeAfter(1_000);
    const { seen } = world.points;
    // The writing of the first task: from its lock to its commit or rollback. All of the invocation in the full size.
    const end = seen.findIndex(name => /^sql (commit|rollback)/.test(name));
    const from = full ? 0 : seen.indexOf('sql begin');
    const to = full ? seen.indexOf('queue receive') : end;
    assert.ok(end > 20 && to >= end, seen.join('\n'));
    const broken: string[] = [];
    // Every third point where the time is short: `npm run test:crash` has them all.
    const stride = full ? 1 : 3;
    let tried = 0;
    for (let steps = from; steps <= to; steps += stride) {
      tried += 1;
      await freezeAfter(steps).catch(error => {
        broken.push(`after ${seen[steps]}: ${error instanceof Error ? error.message : error}`);
      });
    }
    console.log(
      `thawed attempts: frozen at ${tried} of ${to - from + 1} points of ${what}, ${broken.length} broken`,
    );
    assert.equal(broken.length, 0, broken.join('\n\n'));
  });
}
