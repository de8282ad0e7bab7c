// What jr trace tells of a task, from a real ledger that went the roads of a task.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { milliseconds, timelineOf } from '../../../cli/timeline.ts';
import { describeTimeline } from '../../../cli/timeline-text.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { postgresLadderLedger } from '../../../shared/adapters/postgres/sweep-ladder.ts';
import { postgresLifeView } from '../../../shared/adapters/postgres/view-life.ts';
import type { Ledger } from '../../../shared/ports/ledger.ts';
import type { TaskLife } from '../../../shared/ports/life-view.ts';
import { createDatabase, type TestDatabase } from '../../support/database.ts';
import { claimOne, ends, retriedAt, settle, stopped, takenIn } from '../../support/failed-tasks.ts';

const now = new Date('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000);

let database: TestDatabase;
let ledger: Ledger;

before(async () => {
  database = await createDatabase();
  ledger = postgresLedger(database.pool);
});
after(() => database.drop());

async function lifeOf(taskId: number): Promise<TaskLife> {
  const life = await postgresLifeView(database.pool).getLife(taskId);
  assert.ok(life !== null);
  return life;
}

/** Seconds after the creation, what, and the words. */
async function told(taskId: number): Promise<string[]> {
  return timelineOf(await lifeOf(taskId)).events.map(
    ({ after_ms, event, text }) => `${after_ms / 1000} ${event} ${text}`,
  );
}

describe('the timeline of a task', () => {
  test('that is retried and completes tells each attempt and its entry in the order of time', async () => {
    const id = await takenIn(ledger, now, { source: 'a test', priority: 2 });
    await settle(ledger, await claimOne(ledger, id, at(2)), retriedAt(at(60)), at(3));
    const again = await claimOne(ledger, id, at(61));
    const step = {
      stepNumber: 1,
      stepType: 'create',
      targetFile: 'a.py',
      contentHash: 'cc'.repeat(32),
      beforeSha256: null,
      afterSha256: 'aa'.repeat(32),
      executionResult: 'success',
      executionTimeMs: 4,
      errorDetail: null,
    } as const;
    await ledger.settle([{ lease: again.lease, end: ends.completed, steps: [step] }], at(62));
    const [, , , opened] = await told(id);
    const entry = /entry \d+/.exec(opened ?? '')?.[0];
    assert.deepEqual(await told(id), [
      '0 created by a test, priority 2',
      '2 attempt_started 1',
      '3 attempt_ended 1 failed after 1.0 s: WORKSPACE_IO: It is not there.',
      `3 entry_opened ${entry}: WORKSPACE_IO, 1 of 3 retries`,
      '61 attempt_started 2',
      '62 step 1 create a.py success in 4 ms',
      '62 attempt_ended 2 completed after 1.0 s',
      `62 entry_resolved ${entry}: completed by a later attempt`,
      '62 completed done',
    ]);
    assert.partialDeepStrictEqual(timelineOf(await lifeOf(id)), {
      took_ms: 62_000,
      queue_delay_ms: 2_000,
      worked_ms: 2_000,
    });
  });

  test('tells who was asked and told, who voted and who let it through', async () => {
    const id = await takenIn(ledger, now);
    const operations = postgresOperations(database.pool);
    const ladder = postgresLadderLedger(database.pool);
    await settle(ledger, await claimOne(ledger, id, at(1)), stopped, at(2));
    await ladder.raiseOverdue({ now: at(20), oldestEntry: new Date(0), tpmDeadline: at(10), limit: 9 });
    const [entry] = (await lifeOf(id)).entries;
    assert.ok(entry);
    await ladder.markNotified(entry.id, 3, at(21), null);
    for (const [voter, seconds] of [
      ['ada', 30],
      ['bob', 40],
    ] as const)
      await operations.vote(entry.id, { voter, vote: 'approve', reason: 'read it' }, 2, at(seconds));
    await operations.cancelTask(id, { by: 'eve', reason: 'no more' }, at(50));
    assert.deepEqual((await told(id)).slice(3), [
      `2 entry_opened entry ${entry.id}: PATH_PROTECTED, 0 of 3 retries`,
      `20 entry_raised entry ${entry.id} to Council (level 3)`,
      `21 notified Council (level 3) of entry ${entry.id}`,
      `30 vote ada votes approve on entry ${entry.id}: read it`,
      `40 vote bob votes approve on entry ${entry.id}: read it`,
      '40 approved PATH_PROTECTED by the Council: ada (read it), bob (read it)',
      `40 entry_resolved entry ${entry.id}: approved by the Council: ada (read it), bob (read it)`,
      '50 cancelled cancelled by eve: no more',
    ]);
  });

  test('tells the drain run that took it, and what a replay changed', async () => {
    const id = await takenIn(ledger, now);
    await settle(ledger, await claimOne(ledger, id, at(1)), ends.failed, at(2));
    const [entry] = (await lifeOf(id)).entries;
    const { rows } = await database.pool.query(
      `with run as (
        insert into jr_drain_runs (action, filter, settings, operator, reason, created_at)
        values ('drain', '{}', '{}', 'ada', 'the disk is back', $3) returning id
      ), item as (
        insert into jr_drain_items (run_id, entry_id, task_id, category, batch_number, state, outcome, claimed_at, settled_at)
        select id, $2, $1, 'WORKSPACE_IO', 1, 'failed', 'again', $3, $4 from run
      ), revision as (
        insert into jr_task_revisions (task_id, version, parameters, changed_by, reason, changed_at)
        values ($1, 1, '{}', null, null, $3), ($1, 2, '{}', 'bob', 'another file', $4)
      ) select id from run`,
      [id, entry?.id, at(10), at(20)],
    );
    assert.deepEqual((await told(id)).slice(-3), [
      `10 drain_claimed entry ${entry?.id} in drain run ${rows[0].id} by ada: the disk is back`,
      '20 revised to version 2 by bob: another file',
      `20 drain_settled entry ${entry?.id} in drain run ${rows[0].id} failed: again`,
    ]);
  });

  test('that is raised to the second rung names no person, for none is asked', async () => {
    const id = await takenIn(ledger, now);
    await settle(ledger, await claimOne(ledger, id, at(1)), retriedAt(at(121)), at(2));
    const entry = { status: 'retrying', level: 1, retryCount: 2, nextRetryAt: at(240) } as const;
    const raised = { ...ends.failed, errorCode: 'WORKSPACE_IO', errorClass: 'transient', entry } as const;
    await settle(ledger, await claimOne(ledger, id, at(121)), raised, at(122));
    const lines = (await told(id)).filter(line => line.includes('entry'));
    assert.match(lines[0] ?? '', /: WORKSPACE_IO, 2 of 3 retries, next retry 2026-03-01 12:04:00Z$/);
    assert.match(lines[1] ?? '', /^122 entry_raised entry \d+ to level 1, where it is retried by itself$/);
  });

  test('of one that SQL dates at no time at all is told all the same', async () => {
    const id = await takenIn(ledger, now);
    await database.pool.query(`update jr_work_queue set created_at = '-infinity' where id = $1`, [id]);
    await claimOne(ledger, id, at(1));
    const life = await lifeOf(id);
    const text = describeTimeline(life.task, timelineOf(life));
    assert.match(text, /^-infinity +\+\? +created/m);
    assert.match(text, /^2026-03-01 12:00:01\.000Z +\+\? +\+\? +attempt started {2}1$/m);
    await database.pool.query('update jr_work_queue set started_at = null where id = $1', [id]);
    assert.deepEqual((await told(id)).slice(1), ['NaN attempt_started 1']);
    assert.notEqual(timelineOf(await lifeOf(id)).events[1]?.at, null);
  });

  test('of one that was cancelled before it began says that it never did', async () => {
    const id = await takenIn(ledger, now);
    await postgresOperations(database.pool).cancelTask(id, { by: 'eve', reason: 'no more' }, at(5));
    const life = await lifeOf(id);
    assert.match(
      describeTimeline(life.task, timelineOf(life)),
      /never begun, worked 0 ms, ended 5\.0 s after its creation/,
    );
  });

  test('of one that runs or waits has no end yet, and says so', async () => {
    const id = await takenIn(ledger, now);
    const waiting = await lifeOf(id);
    assert.match(
      describeTimeline(waiting.task, timelineOf(waiting)),
      /not begun yet, worked 0 ms, not ended yet/,
    );
    await claimOne(ledger, id, at(90));
    const running = await lifeOf(id);
    const text = describeTimeline(running.task, timelineOf(running));
    assert.match(text, /waited 1\.5 min for its first attempt/);
    assert.match(text, /^2026-03-01 12:01:30\.000Z +\+1\.5 min +\+1\.5 min {2}attempt started {2}1$/m);
  });

  test('of a task that there is not is nothing', async () => {
    assert.equal(await postgresLifeView(database.pool).getLife(4711), null);
  });
});

test('durations are told in the unit that people would use', () => {
  const cases = [0, 999, 1_000, 90_000, 5_400_000, 200_000_000];
  assert.deepEqual(cases.map(milliseconds), ['0 ms', '999 ms', '1.0 s', '1.5 min', '1.5 h', '2.3 d']);
});
