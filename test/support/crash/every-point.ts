import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Fault } from './points.ts';
import { runScenario } from './scenario.ts';
import type { Scenario } from './scenarios.ts';
import { World } from './world.ts';

/** Runs at a time: while one waits for PostgreSQL or the disk, another goes on. */
const lanes = 4;

/**
 * JR_CRASH=full: also the crash before each call, which is the same to the world as the one after the call before it,
 * and calls that fail under a process that lives. `npm run test:crash` sets it.
 */
const full = process.env['JR_CRASH'] === 'full';

/**
 * Every call that the functions make to the ledger, the queues, the scheduler, the notifier and the disk is counted by
 * a first run, and then each of them is in turn the last that a process made, or one that failed under it.
 *
 * @param always whether the crashes are tried without JR_CRASH=full
 */
export function tryEveryPoint(scenario: Scenario, { always }: { always: boolean }): void {
  describe(scenario.name, () => {
    let worlds: World[] = [];
    before(async () => {
      worlds = await Promise.all(Array.from({ length: lanes }, () => World.create()));
    });
    after(() => Promise.all(worlds.map(world => world.close())));
    const timeout = full ? 1_800_000 : 240_000;

    test('without a fault', { timeout }, async () => {
      assert.ok(worlds[0] !== undefined);
      await runScenario(worlds[0], scenario);
    });

    test(
      'a process dies at every point: nothing is lost, nothing done twice',
      {
        timeout,
        skip: !full && !always,
      },
      () => tryAll(worlds, scenario, 'crash', full ? ['before', 'during', 'after'] : ['during', 'after']),
    );

    test('every call fails, done or not: the process copes', { timeout, skip: !full }, () =>
      tryAll(worlds, scenario, 'error', ['before', 'after']),
    );
  });
}

async function tryAll(
  worlds: readonly World[],
  scenario: Scenario,
  kind: Fault['kind'],
  whens: readonly Fault['when'][],
): Promise<void> {
  const [first] = worlds;
  assert.ok(first !== undefined);
  const { seen, divisible } = await runScenario(first, scenario);
  const crashesAnyway = first.crashes;
  const runs = seen.flatMap((name, number) =>
    whens.filter(when => when !== 'during' || divisible.has(number)).map(when => ({ name, number, when })),
  );
  const broken: string[] = [];
  const waiting = runs.values();
  const lane = async (world: World) => {
    for (const { name, number, when } of waiting) {
      try {
        const { seen: calls } = await runScenario(world, scenario, new Map([[number, { kind, when }]]));
        assert.equal(calls[number], name, 'the run is another one before the fault');
        if (kind === 'crash' && crashesAnyway === 0) assert.equal(world.crashes, 1, 'nothing crashed');
      } catch (error) {
        broken.push(
          `${kind} ${when} call ${number}, ${name}: ${error instanceof Error ? error.message : error}`,
        );
      }
    }
  };
  const began = performance.now();
  await Promise.all(worlds.map(lane));
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `crash points of "${scenario.name}": ${seen.length} calls found, ${runs.length} faults tried (${kind} ${whens.join(', ')}) in ${seconds} s, ${broken.length} broken`,
  );
  assert.equal(broken.length, 0, broken.slice(0, 20).join('\n\n'));
}
