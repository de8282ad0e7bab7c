// A drain and an export of thirty entries whose process dies at each statement, call and file operation that it makes, or
// to which each of them fails.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readExport, verifyExport } from '../../cli/read-export.ts';
import { DrainWorld, thirty } from '../support/crash/drain-world.ts';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import type { Fault } from '../support/crash/points.ts';
import { disagreements } from '../support/disagreements.ts';

/** JR_CRASH=full: every point, also calls that fail under a process that lives; else every seventh. */
const full = process.env['JR_CRASH'] === 'full';
const stride = full ? 1 : 7;
const lanes = 2;

let worlds: DrainWorld[] = [];
before(async () => {
  worlds = await Promise.all(Array.from({ length: lanes }, () => DrainWorld.create()));
});
after(() => Promise.all(worlds.map(world => world.close())));

async function assertAllHolds({ execution }: DrainWorld): Promise<void> {
  const { pool } = execution.database;
  await assertLedgerHolds(pool);
  assert.deepEqual(await disagreements(pool), []);
}

const transient = thirty.network + thirty.rateLimit;

async function runDrain(world: DrainWorld, faults: ReadonlyMap<number, Fault> = new Map()): Promise<void> {
  const { pool } = world.execution.database;
  await world.begin(faults);
  await world.run('drain', () => assertAllHolds(world));
  const { rows } = await pool.query(
    `select
       (select json_agg(json_build_object('status', status, 'stop_reason', stop_reason, 'holds_pause', holds_pause,
         'lease', lease_expires_at)) from jr_drain_runs) as runs,
       (select json_agg(json_build_object('state', state, 'n', n) order by state) from
         (select state, count(*) as n from jr_drain_items group by state) i) as items,
       (select json_agg(json_build_object('status', status, 'attempts', attempt_count, 'n', n) order by status) from
         (select status, attempt_count, count(*) as n from jr_work_queue group by 1, 2) w) as tasks,
       (select count(*) from jr_failed_tasks_dlq where resolution_status in ('unresolved', 'retrying')) as open,
       (select count(*) from jr_failed_tasks_dlq
         where resolution_status in ('unresolved', 'retrying') and drain_run_id is not null) as held,
       (select value from jr_control where name = 'claims_paused') as paused`,
  );
  assert.deepEqual(rows, [
    {
      runs: [{ status: 'completed', stop_reason: null, holds_pause: false, lease: null }],
      items: [{ state: 'succeeded', n: transient }],
      tasks: [
        { status: 'blocked', attempts: 1, n: thirty.protectedPath },
        { status: 'completed', attempts: 2, n: transient },
        { status: 'failed', attempts: 1, n: 30 - transient - thirty.protectedPath },
      ],
      open: 30 - transient,
      held: 0,
      paused: false,
    },
  ]);
}

/** Whatever happened, there is one export, whole: each entry once, with its checksum, and no draft. */
async function runExport(world: DrainWorld, faults: ReadonlyMap<number, Fault> = new Map()): Promise<void> {
  await world.begin(faults);
  await world.run('export', () => assertAllHolds(world));
  const folder = join(world.execution.root, 'exports');
  const [file = '', ...others] = (await readdir(folder)).sort();
  assert.deepEqual(others, [`${file}.sha256`]);
  const { rows } = await world.execution.database.pool.query(
    `select status, lease_expires_at as lease, export ->> 'sha256' as sha256, (export ->> 'entries')::int as entries,
       export ->> 'file' as file from jr_drain_runs`,
  );
  const sha256 = await verifyExport(join(folder, file));
  assert.deepEqual(rows, [
    { status: 'completed', lease: null, sha256, entries: 30, file: `exports/${file}` },
  ]);
  const entries: number[] = [];
  for await (const page of readExport(join(folder, file))) {
    entries.push(
      ...page.flatMap(({ table, row }) => (table === 'jr_failed_tasks_dlq' ? [Number(row['id'])] : [])),
    );
  }
  assert.deepEqual(
    entries.sort((a, b) => a - b),
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
}

/** Each run has random keys in its rows, so its files have other checksums. */
function unhashed(call: string): string {
  return call.replace(/[0-9a-f]{64}/, 'SHA256');
}

async function tryAll(
  what: string,
  run: typeof runDrain,
  kind: Fault['kind'],
  whens: readonly Fault['when'][],
): Promise<void> {
  const [first] = worlds;
  assert.ok(first !== undefined);
  await run(first);
  const { seen } = first.points;
  const runs = seen
    .flatMap((name, number) => whens.map(when => ({ name, number, when })))
    .filter((_, i) => i % stride === 0);
  const broken: string[] = [];
  const waiting = runs.values();
  await Promise.all(
    worlds.map(async world => {
      for (const { name, number, when } of waiting) {
        try {
          await run(world, new Map([[number, { kind, when }]]));
          const passed = world.points.seen[number] ?? '';
          assert.equal(unhashed(passed), unhashed(name), 'the run is another one before the fault');
          if (kind === 'crash') assert.equal(world.crashes, 1, 'nothing crashed');
        } catch (error) {
          broken.push(
            `${kind} ${when} call ${number}, ${name}: ${error instanceof Error ? error.message : error}`,
          );
        }
      }
    }),
  );
  console.log(
    `${what} of thirty entries: ${seen.length} calls found, ${runs.length} faults tried (${kind} ${whens.join(', ')}), ${broken.length} broken`,
  );
  assert.equal(broken.length, 0, broken.slice(0, 20).join('\n\n'));
}

const timeout = full ? 1_800_000 : 120_000;

test(
  'a drain that dies goes on from its ledger: nothing is lost, nothing is done twice, claims are given back',
  {
    timeout,
  },
  () => tryAll('drain', runDrain, 'crash', full ? ['before', 'after'] : ['after']),
);

test('a call that fails, done or not, delays it and no more', { timeout, skip: !full }, () =>
  tryAll('drain', runDrain, 'error', ['before', 'after']),
);

test('an export that dies goes on in its file: every entry is in it once', { timeout }, () =>
  tryAll('export', runExport, 'crash', full ? ['before', 'after'] : ['after']),
);

test(
  'an export to which a call or the disk fails stops or goes on, and comes to its end',
  {
    timeout,
    skip: !full,
  },
  () => tryAll('export', runExport, 'error', ['before', 'after']),
);
