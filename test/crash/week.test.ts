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

/** From shortly after tasks came in: who is away when they come may leave one without a Jr at once. */
const nobody = { from: at(0, 14.1), to: at(0, 14.75), jr: null };
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
  // An innocent one is given to people when chance ended three of its attempts, and for nothing else.
  const innocent = unlike(['create', 'edit'], 'completed');
  assert.ok(innocent.length <= Math.ceil(plan.tasks / 200), innocent.join('\n'));
  const { rows: given } = await world.database.pool.query<{ line: string }>(
    `select w.title || ' is failed Council' as line
     from jr_work_queue w join jr_task_attempts a on a.task_id = w.id
     where w.title ~ '^(create|edit)/' and w.status = 'failed'
     group by w.id having array_agg(a.outcome) = '{crashed,crashed,crashed}' order by w.id`,
  );
  assert.deepEqual(innocent.sort(), given.map(({ line }) => line).sort());
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
  const firstTold = new Map<string, number>();
  const alerts = told.flatMap(({ at, announcement: { id, subject } }) => {
    const [, change, name] = /\] (ALERT|over): (.*)$/.exec(subject) ?? [];
    if (change === undefined || name === undefined) return [];
    const first = firstTold.get(id);
    firstTold.set(id, first ?? at);
    if (first === undefined) return [{ at, change, name }];
    // Whoever dies between telling and noting it tells again, under the same id; nobody else does.
    assert.ok(deathsBetween(first, at).length > 0, `told twice of ${id}, and nobody had died`);
    return [];
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

  // Who lacks a Jr when they have been away for a while: people are told five minutes later.
  const [waiting] = allOf(plan).filter(
    ({ by, jr, at }) => by === 'sql' && jr === null && at >= nobody.from && at < nobody.to,
  );
  const [begun, over] = changesOf('auto-assign, nobody-online').filter(
    ({ at }) => at >= nobody.from && at < nobody.to + 60 * minute,
  );
  if (waiting === undefined) {
    assert.equal(begun, undefined, 'nobody waits, and people are told of it');
  } else {
    assertToldWithin(begun, waiting.at + 5 * minute, 1);
    assertToldWithin(over, nobody.to, 3);
  }

  // Sweeps and pings are lost all the week: only when everybody is away people hear of it, and when one stays away for hours.
  const [lost, found, ...others] = changesOf('liveness, nobody-answers');
  assertToldWithin(lost, nobody.from, 10);
  assertToldWithin(found, nobody.to, 5);
  assert.deepEqual(others, []);
  const away = plan.silent.filter(({ from, to }) => to - from >= 240 * minute && to <= at(plan.days, 0));
  assert.deepEqual(
    alerts.flatMap(({ name }) => (name.includes('given-up') ? [name] : [])),
    away.map(({ jr }) => `liveness, given-up:${jr}`),
  );
  for (const { from, jr } of away)
    assertToldWithin(changesOf(`liveness, given-up:${jr}`)[0], from + 165 * minute, 30);
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

/**
 * Whether it was told so many minutes after that time of the week, or as much later as the crashes in between cost: what
 * a crash leaves undone the next invocation does, or the next delivery of the ping.
 */
function assertToldWithin(change: { readonly at: number } | undefined, from: number, minutes: number): void {
  assert.ok(change !== undefined, `not told of what was ${from / minute} minutes after the beginning`);
  const late = (change.at - from) / minute;
  const costs = deathsBetween(from, change.at).map(({ name }) => minutesUntilNext(name));
  const most = costs.reduce((sum, cost) => sum + cost, minutes);
  assert.ok(late >= 0 && late <= most, `told after ${late} minutes, of ${minutes} and ${costs} for crashes`);
}

/** Who died between these times of the week, both included. */
function deathsBetween(from: number, to: number): typeof world.deaths {
  return world.deaths.filter(({ at }) => at >= world.start + from && at <= world.start + to);
}

function minutesUntilNext(name: string): number {
  if (name === 'health-sweep') return 5;
  return name.startsWith('execute-task') ? 2 : 1;
}
