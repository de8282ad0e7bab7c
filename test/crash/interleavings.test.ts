// Workers, sweeps, people and the clock in random order, one call at a time, over real PostgreSQL and a real folder.
// fast-check prints the seed and the shortest list of commands and choices that fails.
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Command, interleave } from '../support/crash/interleave.ts';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import { World } from '../support/crash/world.ts';

let world: World;
before(async () => {
  world = await World.create();
});
after(() => world.close());

const full = process.env['JR_CRASH'] === 'full';
const runs = Number(process.env['JR_INTERLEAVINGS'] ?? (full ? 300 : 40));

const task = fc.integer({ min: 1, max: 2 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.constant<Command>({ kind: 'deliver' }) },
  { weight: 2, arbitrary: task.map((id): Command => ({ kind: 'duplicate', id })) },
  { weight: 2, arbitrary: fc.constant<Command>({ kind: 'sweep' }) },
  // It makes as many calls as all the others together.
  { weight: full ? 1 : 0, arbitrary: fc.constant<Command>({ kind: 'health' }) },
  { weight: 1, arbitrary: task.map((id): Command => ({ kind: 'cancel', id })) },
  { weight: full ? 2 : 0, arbitrary: task.map((id): Command => ({ kind: 'requeue', id })) },
  { weight: full ? 1 : 0, arbitrary: task.map((id): Command => ({ kind: 'abandon', id })) },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'pause' }) },
  { weight: 1, arbitrary: fc.constant<Command>({ kind: 'resume' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(20, 61, 80, 121, 361).map((seconds): Command => ({ kind: 'freeze', seconds })),
  },
);

test('however they meet: nothing is lost, nothing done twice', { timeout: 1_800_000 }, async () => {
  let steps = 0;
  let tried = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { minLength: 3, maxLength: 12 }),
      fc.array(fc.nat({ max: 11 }), { minLength: 20, maxLength: 150 }),
      fc.array(fc.nat({ max: 11 }), { maxLength: 3 }),
      fc.array(fc.nat({ max: 60 }), { maxLength: full ? 2 : 0 }),
      async (commands, choices, refused, away) => {
        try {
          await interleave(world, commands, choices, new Set(refused), new Set(away));
          await assertLedgerHolds(world.database.pool);
        } catch (error) {
          throw new Error(`${error instanceof Error ? error.message : error}\n${world.log.join('\n')}`, {
            cause: error,
          });
        }
        steps += world.points.seen.length;
        tried += 1;
      },
    ),
    {
      numRuns: runs,
      ...(process.env['JR_SEED'] === undefined ? {} : { seed: Number(process.env['JR_SEED']) }),
    },
  );
  console.log(`interleavings: ${tried} tried, of ${steps} calls altogether`);
});
