// Every call that the functions make to the ledger, the queues, the scheduler, the notifier and the disk is counted by
// a first run, and then each of them is in turn the last that a process made, or one that failed under it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hookFiles } from '../support/crash/hook-files.ts';
import { hookSql } from '../support/crash/hook-sql.ts';
import type { Fault } from '../support/crash/points.ts';
import { runScenario } from '../support/crash/scenario.ts';
import { World } from '../support/crash/world.ts';

/** Runs at a time: while one waits for PostgreSQL or the disk, another goes on. */
const lanes = 4;

/** JR_CRASH=full: also the crash before each call (the same to the world as the one after the call before it). */
const full = process.env['JR_CRASH'] === 'full';

let worlds: World[];
before(async () => {
  hookSql();
  await hookFiles();
  worlds = await Promise.all(Array.from({ length: lanes }, () => World.create()));
});
after(() => Promise.all(worlds.map(world => world.close())));

const limit = { timeout: full ? 1_800_000 : 120_000 };

test('a process dies at every point, and nothing is lost and nothing done twice', limit, async () => {
  await tryAll('crash', full ? ['before', 'during', 'after'] : ['during', 'after']);
});

test('every call fails, done or not, and the process copes', { ...limit, skip: !full }, async () => {
  await tryAll('error', ['before', 'after']);
});

async function tryAll(kind: Fault['kind'], whens: readonly Fault['when'][]): Promise<void> {
  const [first] = worlds;
  assert.ok(first !== undefined);
  const { seen, divisible } = await runScenario(first);
  const runs = seen.flatMap((name, number) =>
    whens.filter(when => when !== 'during' || divisible.has(number)).map(when => ({ name, number, when })),
  );
  const broken: string[] = [];
  const waiting = runs.values();
  const lane = async (world: World) => {
    for (const { name, number, when } of waiting) {
      try {
        const { seen: calls } = await runScenario(world, new Map([[number, { kind, when }]]));
        assert.equal(calls[number], name, 'the run is another one before the fault');
        if (kind === 'crash') assert.equal(world.crashes, 1, 'nothing crashed');
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
    `crash points: ${seen.length} calls found, ${runs.length} faults tried (${kind} ${whens.join(', ')}) in ${seconds} s, ${broken.length} broken`,
  );
  assert.equal(broken.length, 0, broken.slice(0, 20).join('\n\n'));
}
