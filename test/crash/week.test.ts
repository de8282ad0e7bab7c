// A week of the whole system on a clock of its own: crashes, outages, Jrs that come and go.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { assertLedgerHolds } from '../support/crash/invariants.ts';
import {
  allOf,
  at,
  liveThrough,
  type Told,
  textAfter,
  textBefore,
  type WeekPlan,
} from '../support/crash/week.ts';
import { minute, World } from '../support/crash/world.ts';
import { disagreements } from '../support/disagreements.ts';

/** JR_CRASH=full: the week and its 10,000 tasks; else its first day with a few of them. */
const full = process.env['JR_CRASH'] === 'full';
const seed = Number(process.env['JR_SEED'] ?? 20_260_301);

const nobody = { from: at(0, 14), to: at(0, 14.75), jr: null };
const plan: WeekPlan = {
  seed,
  days: full ? 7 : 1,
  tasks: full ? 10_000 : 150,
  callsPerCrash: full ? 2_000 : 500,
  ledgerAway: [
    { from: at(0, 10.5), to: at(0, 10.75) },
    { from: at(2, 11.5), to: at(2, 13) },
  ],
  queuesAway: [{ from: at(0, 12), to: at(0, 12.2) }],
  silent: [
    { from: at(0, 11), to: at(0, 12), jr: 'Vision Jr.' },
    nobody,
    { from: at(1, 9), to: at(1, 16), jr: 'Research Jr.' },
    { from: at(3, 13), to: at(4, 10), jr: 'Software Engineer Jr.' },
  ],
};

// Here and not in a test: there the runner follows each promise, which takes a fifth of the time of a week.
const began = performance.now();
const world = await World.create();
const told = await livedThrough();
console.log(
  `a week: seed ${seed}, ${plan.days} days, ${plan.tasks} tasks, ${world.points.seen.length} calls, ${world.crashes} crashes, ${((performance.now() - began) / 1000).toFixed(0)} s`,
);
after(() => world.close());

async function livedThrough(): Promise<Told[]> {
  try {
    return await liveThrough(world, plan);
  } catch (error) {
    await world.close();
    throw error;
  }
}

test('all tasks have ended or wait for a person, none ran twice, and the tables agree', async () => {
  await assertLedgerHolds(world.database.pool);
  assert.deepEqual(await disagreements(world.database.pool), []);
  const { rows } = await world.database.pool.query<{ file: string; status: string; target: string | null }>(
    `select w.title as file, w.status, d.assigned_escalation_target as target
     from jr_work_queue w left join jr_failed_tasks_dlq d
       on d.original_task_id = w.id and d.resolution_status = 'unresolved'`,
  );
  const states = new Map(rows.map(({ file, status, target }) => [file, `${status} ${target ?? ''}`.trim()]));
  assert.equal(rows.length, plan.tasks);
  const unlike = (kinds: readonly string[], state: string) =>
    allOf(plan).flatMap(({ kind, file }) =>
      kinds.includes(kind) && states.get(file) !== state ? [`${file} is ${states.get(file)}`] : [],
    );
  assert.deepEqual(unlike(['stale', 'deadly'], 'failed Council'), []);
  // An innocent one can be given to people, when chance ended three of its attempts.
  const innocent = unlike(['create', 'edit'], 'completed');
  assert.ok(innocent.length <= plan.tasks / 200, innocent.join('\n'));
  assert.ok(
    innocent.every(line => line.endsWith(' is failed Council')),
    innocent.join('\n'),
  );
});

test('every file is byte for byte what its one execution makes of it', async () => {
  const { rows } = await world.database.pool.query<{ title: string }>(
    `select title from jr_work_queue where status = 'completed'`,
  );
  const completed = new Set(rows.map(({ title }) => title));
  const expected = allOf(plan).flatMap((one): [string, string][] => {
    if (completed.has(one.file)) return [[one.file, textAfter(one)]];
    return one.kind === 'edit' || one.kind === 'stale' ? [[one.file, textBefore(one.file)]] : [];
  });
  assert.deepEqual(await world.files(), new Map(expected));
});

test('people are told at the right times, each change once', () => {
  const alerts = told.flatMap(({ at, announcement: { subject } }) => {
    const [, change, name] = /\] (ALERT|over): (.*)$/.exec(subject) ?? [];
    return change === undefined || name === undefined ? [] : [{ at, change, name }];
  });
  const changesOf = (name: string) => alerts.filter(alert => alert.name === name);
  for (const name of new Set(alerts.map(alert => alert.name))) {
    const changes = changesOf(name).map(({ change }) => change);
    assert.deepEqual(
      changes,
      changes.map((_, n) => (n % 2 === 0 ? 'ALERT' : 'over')),
      name,
    );
  }

  // At half past, tasks come and for half an hour nobody has been seen: people are told five minutes later.
  const [begun, over] = changesOf('auto-assign, nobody-online').filter(
    ({ at }) => at >= nobody.from && at < nobody.to + 60 * minute,
  );
  assertWithin(begun, nobody.from + 35 * minute, 2);
  assertWithin(over, nobody.to, 6);

  // Sweeps and pings are lost all the week: only when everybody is away people hear of it, and when one stays away for hours.
  const [lost, found, ...others] = changesOf('liveness, nobody-answers');
  assertWithin(lost, nobody.from, 15);
  assertWithin(found, nobody.to, 11);
  assert.deepEqual(others, []);
  const away = plan.silent.filter(({ from, to }) => to - from >= 240 * minute && to <= at(plan.days, 0));
  assert.deepEqual(
    alerts.flatMap(({ name }) => (name.includes('given-up') ? [name] : [])),
    away.map(({ jr }) => `liveness, given-up:${jr}`),
  );
  for (const { from, jr } of away)
    assertWithin(changesOf(`liveness, given-up:${jr}`)[0], from + 165 * minute, 30);
});

test('of each task that needs people they are told, level by level', async () => {
  const { rows } = await world.database.pool.query<{ id: number }>(
    `select original_task_id as id from jr_failed_tasks_dlq where resolution_status = 'unresolved'`,
  );
  const news = told.flatMap(({ announcement: { id, target, subject } }) => {
    const task = /task (\d+)/.exec(subject)?.[1];
    return task === undefined ? [] : [{ id, told: `${task} ${target}` }];
  });
  // Whoever dies between telling and noting it tells again: under the same id, so that it is the same news.
  const once = new Map(news.map(({ id, told }) => [id, told]));
  const expected = rows.flatMap(({ id }) => [`${id} Council`, `${id} TPM`]);
  assert.deepEqual([...once.values()].sort(), expected.sort());
});

/** Whether it was told at most so many minutes after that time of the week. */
function assertWithin(change: { readonly at: number } | undefined, from: number, minutes: number): void {
  const late = change === undefined ? 'never' : (change.at - from) / minute;
  assert.ok(late !== 'never' && late >= 0 && late <= minutes, `told after ${late} minutes, of ${minutes}`);
}
