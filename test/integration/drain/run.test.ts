import assert from 'node:assert/strict';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import { folderGoldenTasks } from '../../../shared/adapters/workspace/golden-tasks.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import type { DrainRunView } from '../../../shared/ports/drain-view.ts';
import { disagreements } from '../../support/disagreements.ts';
import { type Drains, drainsOf } from '../../support/drains.ts';
import { createExecution, type Execution, ladderOf } from '../../support/execution.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { createDocument } from '../../support/messages.ts';

let execution: Execution;
let drains: Drains;
let start: Date;
before(async () => {
  execution = await createExecution();
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.rung.length = 0;
  execution.wakeUps.clear();
  await execution.database.owner.query(
    'truncate jr_work_queue, jr_drain_runs, jr_alerts restart identity cascade',
  );
  await execution.database.pool.query(
    `update jr_control set value = 'false', changed_by = 'test' where name = 'claims_paused'`,
  );
  for (const name of await readdir(execution.root)) await rm(join(execution.root, name), { recursive: true });
  drains = drainsOf(execution);
});
afterEach(async () => assert.deepEqual(await disagreements(execution.database.pool), [], 'invariant 8'));

const signed = { operator: 'ada', reason: 'the network is back' };
const six = { network: 8, rateLimit: 7, staleSearch: 6, protectedPath: 5, crash: 4, quota: 3 };

async function rows(sql: string) {
  return (await execution.database.pool.query(sql)).rows;
}

const runOf = (answer: object) => (answer as { run: DrainRunView }).run;

describe('drain', () => {
  test('what was transient succeeds, a canary first; the rest is with whom it was', async () => {
    await insertFailed(execution.database.pool, six, start);
    const answer = await drains.invoke({ action: 'drain', ...signed, pause_claims: true });
    assert.equal(answer.ok, true, JSON.stringify(answer));
    const view = runOf(answer);
    assert.partialDeepStrictEqual(view, {
      status: 'completed',
      total: 15,
      taken: 15,
      succeeded: 15,
      failed: 0,
      retried: ['QUEUE_UNAVAILABLE', 'RATE_LIMITED'],
      claims_paused_before: false,
      holds_pause: false,
      operator: 'ada',
      reason: 'the network is back',
    });
    assert.deepEqual(
      view.batches.map(({ batch, entries, succeeded }) => [batch, entries, succeeded]),
      [
        [1, 5, 5],
        [2, 10, 10],
      ],
    );
    // The run as it stood before its end is no part of it: a program would read there that it is still running.
    assert.ok(view.report !== null && !('status' in view.report));
    assert.partialDeepStrictEqual(view.report, {
      open_before: 33,
      open_after: 18,
      success_rate: 1,
      batches: 2,
    });
    assert.deepEqual(
      view.report?.left.map(({ category, count }) => [category, count]),
      [
        ['SEARCH_NOT_FOUND', 6],
        ['PATH_PROTECTED', 5],
        ['CRASHED', 4],
        ['LIMIT_EXCEEDED', 3],
      ],
    );
    assert.deepEqual(
      await rows(
        `select d.error_code, d.assigned_escalation_target as target, d.resolution_status as status, count(*) as n
         from jr_failed_tasks_dlq d group by 1, 2, 3 order by 1`,
      ),
      [
        { error_code: 'CRASHED', target: 'TPM', status: 'unresolved', n: 4 },
        { error_code: 'LIMIT_EXCEEDED', target: 'TPM', status: 'unresolved', n: 3 },
        { error_code: 'PATH_PROTECTED', target: 'TPM', status: 'unresolved', n: 5 },
        { error_code: 'QUEUE_UNAVAILABLE', target: null, status: 'resolved', n: 8 },
        { error_code: 'RATE_LIMITED', target: 'TPM', status: 'resolved', n: 7 },
        { error_code: 'SEARCH_NOT_FOUND', target: 'TPM', status: 'unresolved', n: 6 },
      ],
    );
    assert.deepEqual(await rows('select max(attempt_count) as most from jr_work_queue'), [{ most: 2 }]);
    assert.equal(await execution.read('network/1.txt'), 'network 1\n');
    assert.deepEqual(await rows(`select value from jr_control where name = 'claims_paused'`), [
      { value: false },
    ]);
  });

  test('with nothing to retry it ends, and says what is left', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 2 }, start);
    const view = runOf(await drains.invoke({ action: 'drain', ...signed }));
    assert.partialDeepStrictEqual(view, { status: 'completed', total: 0, taken: 0, batches: [] });
    assert.partialDeepStrictEqual(view.report, {
      open_before: 2,
      open_after: 2,
      success_rate: null,
      looks_again_at: null,
    });
    assert.deepEqual([...execution.wakeUps.keys()], []);
  });

  test('a canary that fails stops it with the reason, and a resumed run begins with a canary again', async () => {
    await insertFailed(execution.database.pool, { network: 12 }, start);
    await execution.put('network/2.txt', 'something else\n');
    const stopped = await drains.invoke({ action: 'drain', ...signed });
    assert.equal(stopped.ok, false);
    assert.partialDeepStrictEqual(runOf(stopped), {
      status: 'stopped',
      taken: 5,
      succeeded: 4,
      failed: 1,
      stop_reason:
        'Batch 1: 4 of 5 succeeded (80 %), 95 % have to. Most say FILE_EXISTS. Find the cause, then resume the run.',
    });
    const resumed = await drains.invoke({ action: 'resume', run_id: 1, ...signed });
    assert.partialDeepStrictEqual(runOf(resumed), { status: 'completed', succeeded: 11, failed: 1 });
    assert.deepEqual(
      runOf(resumed).batches.map(({ entries }) => entries),
      [5, 5, 2],
    );
  });

  test('a stop is kept after the batch, and a second drain joins the first', async () => {
    await insertFailed(execution.database.pool, { network: 20 }, start);
    let asked = 0;
    drains.meanwhile = async () => {
      asked += 1;
      if (asked === 1) {
        const second = await drains.deps.drains.start(
          {
            action: 'drain',
            selection: {
              category: null,
              ids: null,
              older_than_minutes: null,
              newer_than_minutes: null,
              jr: null,
            },
            settings: { ...drains.deps.drainRules, pause_claims: false, verify: false },
            ...signed,
          },
          execution.now,
        );
        assert.deepEqual(second, { id: 1, started: false });
        await drains.invoke({ action: 'stop', ...signed });
      }
      await drains.work();
    };
    const view = runOf(await drains.invoke({ action: 'drain', ...signed }));
    assert.partialDeepStrictEqual(view, {
      status: 'stopped',
      taken: 5,
      succeeded: 5,
      stop_reason: 'Stopped by ada: the network is back.',
    });
    assert.deepEqual(
      await rows('select count(*) as n from jr_failed_tasks_dlq where drain_run_id is not null'),
      [{ n: 5 }],
    );
  });

  test('at the deadline it hands over, and its continuation goes on where it was', async () => {
    await insertFailed(execution.database.pool, { network: 30 }, start);
    drains.budgetMs = 15_030;
    const first = runOf(await drains.invoke({ action: 'drain', ...signed, pause_claims: true }));
    assert.equal(first.status, 'running');
    drains.budgetMs = 300_000;
    const wakeUp = execution.wakeUps.get('jr-drain-1');
    assert.partialDeepStrictEqual(wakeUp, {
      functionName: 'drain',
      payload: { action: 'continue', run_id: 1 },
    });
    const last = runOf(await drains.invoke(wakeUp?.payload ?? {}));
    assert.partialDeepStrictEqual(last, { status: 'completed', succeeded: 30, taken: 30 });
    assert.deepEqual(await rows('select max(attempt_count) as most from jr_work_queue'), [{ most: 2 }]);
  });

  test('a run that is driven is driven by nobody else', async () => {
    await insertFailed(execution.database.pool, { network: 6 }, start);
    let looked = false;
    drains.meanwhile = async () => {
      if (!looked) {
        looked = true;
        const held = await drains.deps.drains.acquire(
          1,
          execution.now,
          new Date(execution.now.getTime() + 60_000),
        );
        assert.equal(held, null);
      }
      await drains.work();
    };
    assert.partialDeepStrictEqual(runOf(await drains.invoke({ action: 'drain', ...signed })), {
      status: 'completed',
    });
    assert.ok(looked);
  });

  test('the minute sweep passes by what a drain holds', async () => {
    await insertFailed(execution.database.pool, { network: 3 }, start);
    await execution.database.pool.query(`update jr_failed_tasks_dlq set next_retry_timestamp = $1`, [
      new Date(start.getTime() - 3_600_000),
    ]);
    await drains.deps.drains.start(
      {
        action: 'drain',
        selection: {
          category: null,
          ids: null,
          older_than_minutes: null,
          newer_than_minutes: null,
          jr: null,
        },
        settings: { ...drains.deps.drainRules, pause_claims: false, verify: false },
        ...signed,
      },
      start,
    );
    await execution.database.pool.query('update jr_failed_tasks_dlq set drain_run_id = 1 where id < 3');
    const { deps } = ladderOf(execution);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { rung: 1 });
    assert.deepEqual(
      execution.rung.map(({ taskId }) => taskId),
      [3],
    );
  });

  test('claims that somebody else paused stop it before its canary, and stay paused', async () => {
    await insertFailed(execution.database.pool, { network: 3 }, start);
    await drains.invoke({ action: 'pause', operator: 'grace', reason: 'a deploy' });
    const view = runOf(await drains.invoke({ action: 'drain', ...signed, pause_claims: true }));
    assert.partialDeepStrictEqual(view, { status: 'stopped', taken: 0, claims_paused_before: true });
    assert.match(view.stop_reason ?? '', /^Claims are paused by grace/);
    assert.deepEqual(await rows(`select value, changed_by from jr_control where name = 'claims_paused'`), [
      { value: true, changed_by: 'grace' },
    ]);
  });

  test('a dry run says that claims are paused and that it would stop', async () => {
    await drains.invoke({ action: 'pause', operator: 'grace', reason: 'a deploy' });
    const answer = await drains.invoke({ action: 'drain', ...signed, dry_run: true });
    assert.match(
      JSON.stringify(answer),
      /"advice":"Claims are paused by grace: it would stop before its first/,
    );
  });

  test('a task that was put back too often is left to a person', async () => {
    await insertFailed(execution.database.pool, { network: 4 }, start);
    await execution.database.pool.query('update jr_work_queue set replay_count = 3 where id = 2');
    const view = runOf(await drains.invoke({ action: 'drain', ...signed }));
    assert.partialDeepStrictEqual(view, { status: 'completed', taken: 3 });
    assert.partialDeepStrictEqual(view.report?.left, [
      { category: 'QUEUE_UNAVAILABLE', count: 1, at_cap: 1 },
    ]);
  });

  test('above 10,000 entries the advice is to export first', async () => {
    await insertFailed(execution.database.pool, { network: 4 }, start);
    drains = {
      ...drains,
      deps: { ...drains.deps, drainRules: { ...drains.deps.drainRules, export_above: 3 } },
    };
    const { run } = await import('../../../functions/drain/run.ts');
    const request = {
      action: 'drain',
      dryRun: false,
      selection: { category: null, ids: null, older_than_minutes: null, newer_than_minutes: null, jr: null },
      pauseClaims: false,
      withoutExport: false,
      ...signed,
    } as const;
    const answer = await run({ request, remainingMs: () => 300_000 }, drains.deps);
    assert.match(JSON.stringify(answer), /There are 4 open entries, above 3: export them first/);
    assert.deepEqual(await rows('select count(*) as n from jr_drain_runs'), [{ n: 0 }]);

    const within = { remainingMs: () => 0 };
    await run({ request: { ...request, withoutExport: true }, ...within }, drains.deps);
    const joined = await run({ request, ...within }, drains.deps);
    assert.match(JSON.stringify(joined), /run 1, was under way already/, 'it joins, as with fewer');
  });
});

describe('retry', () => {
  test('what is permanent is retried where it was named and its plan holds today', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 3 }, start);
    await execution.put('stale.txt', 'line 2 as it was\n');
    const view = runOf(await drains.invoke({ action: 'retry', category: 'SEARCH_NOT_FOUND', ...signed }));
    assert.partialDeepStrictEqual(view, {
      status: 'completed',
      taken: 3,
      succeeded: 1,
      failed: 0,
      skipped: 2,
    });
    assert.deepEqual(
      await rows(
        `select w.id, w.status, d.resolution_status as entry, d.drain_run_id is null as free
         from jr_work_queue w join jr_failed_tasks_dlq d on d.original_task_id = w.id order by w.id`,
      ),
      [
        { id: 1, status: 'failed', entry: 'unresolved', free: true },
        { id: 2, status: 'completed', entry: 'resolved', free: false },
        { id: 3, status: 'failed', entry: 'unresolved', free: true },
      ],
    );
    assert.match(
      (await rows('select outcome from jr_drain_items where task_id = 1'))[0]?.outcome,
      /^It would fail again today\. SEARCH_NOT_FOUND: /,
    );
  });

  test('an entry that cannot be planned for a defect of ours is left alone, and the run goes on', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 3 }, start);
    await execution.put('stale.txt', 'line 1 as it was\nline 2 as it was\n');
    let planned = 0;
    const sha256: typeof execution.deps.sha256 = bytes => {
      planned += 1;
      if (planned === 1) throw new TypeError('cannot read properties of undefined');
      return execution.deps.sha256(bytes);
    };
    const deps = { ...drains.deps, sha256 };
    const view = runOf(
      await drains.invoke({ action: 'retry', category: 'SEARCH_NOT_FOUND', ...signed }, deps),
    );
    assert.partialDeepStrictEqual(view, { status: 'completed', taken: 3, succeeded: 1, skipped: 2 });
    assert.deepEqual(await rows('select state, outcome from jr_drain_items where task_id = 1'), [
      {
        state: 'skipped',
        outcome: 'It could not be planned: TypeError: cannot read properties of undefined',
      },
    ]);
    assert.ok(execution.logged.some(({ event }) => event === 'drain.not_planned'));
  });

  test('in a workspace that is away it waits, until it is asked to stop', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 3 }, start);
    const load = () => Promise.reject(new JrError('WORKSPACE_IO', 'The workspace is away.'));
    const away = { ...drains.deps, workspace: { ...drains.deps.workspace, load } };
    const begun = await drains.invoke({ action: 'retry', category: 'SEARCH_NOT_FOUND', ...signed }, away);
    assert.partialDeepStrictEqual(runOf(begun), { status: 'running', taken: 3 });
    const goOn = async (deps: Drains['deps']) => {
      const wakeUp = execution.wakeUps.get('jr-drain-1');
      assert.ok(wakeUp !== undefined);
      execution.now = wakeUp.at;
      return runOf(await drains.invoke(wakeUp.payload, deps));
    };
    assert.equal((await goOn(away)).status, 'running');
    await drains.invoke({ action: 'stop', ...signed });
    assert.partialDeepStrictEqual(await goOn(away), {
      status: 'stopped',
      stop_reason: 'Stopped by ada: the network is back.',
      skipped: 3,
    });
    assert.deepEqual(
      await rows(
        `select distinct i.state, i.outcome, d.resolution_status as entry, d.drain_run_id
         from jr_drain_items i join jr_failed_tasks_dlq d on d.id = i.entry_id`,
      ),
      [
        {
          state: 'skipped',
          outcome:
            'It could not be planned before the run was to stop. WORKSPACE_IO: The workspace is away. Drain it again.',
          entry: 'unresolved',
          drain_run_id: null,
        },
      ],
    );
  });

  test('it takes what the filter names and nothing else', async () => {
    await insertFailed(execution.database.pool, { network: 3, rateLimit: 3, crash: 2 }, start);
    await drains.invoke({ action: 'retry', category: ['RATE_LIMITED', 'CRASHED'], ...signed });
    assert.deepEqual(
      await rows(
        `select error_code, count(*) as n from jr_failed_tasks_dlq where resolution_status = 'resolved' group by 1 order by 1`,
      ),
      [
        { error_code: 'CRASHED', n: 2 },
        { error_code: 'RATE_LIMITED', n: 3 },
      ],
    );
    execution.now = new Date(start.getTime() + 3_600_000);
    assert.partialDeepStrictEqual(
      runOf(await drains.invoke({ action: 'retry', newer_than_minutes: 30, ...signed })),
      { taken: 0 },
    );
    assert.partialDeepStrictEqual(
      runOf(await drains.invoke({ action: 'retry', older_than_minutes: 30, ids: [1], ...signed })),
      { taken: 1, succeeded: 1 },
    );
  });

  test('dry: the plan against the files of today, and nothing is changed', async () => {
    await insertFailed(execution.database.pool, { network: 2, staleSearch: 1 }, start);
    const answer = await drains.invoke({ action: 'retry', ids: [1, 2, 3], dry_run: true, ...signed });
    assert.partialDeepStrictEqual(answer, {
      ok: true,
      entries: 3,
      batches: 1,
      plans: [
        { entry_id: 1, plan: { ok: true, files: [{ path: 'network/1.txt', before_sha256: null }] } },
        { entry_id: 2, plan: { ok: false, steps: [{ error: { code: 'FILE_NOT_FOUND' } }] } },
        { entry_id: 3, plan: { ok: true } },
      ],
    });
    assert.deepEqual(await rows('select count(*) as n from jr_drain_runs'), [{ n: 0 }]);
  });
});

describe('replay', () => {
  test('a corrected document is a new version with who and why; what it was is kept', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 1 }, start);
    const overrides = {
      entry_id: 1,
      instruction_content: createDocument('corrected.txt', 'x'),
      assigned_jr: 'Research Jr.',
      limits: { steps: 5 },
    };
    const dry = await drains.invoke({ action: 'replay', ...overrides, dry_run: true, ...signed });
    assert.partialDeepStrictEqual(dry, { ok: true, plan: { ok: true, files: [{ path: 'corrected.txt' }] } });
    assert.deepEqual(await rows('select * from jr_task_revisions'), []);
    assert.partialDeepStrictEqual(await drains.invoke({ action: 'replay', ...overrides, ...signed }), {
      ok: true,
    });
    await drains.work();
    assert.equal(await execution.read('corrected.txt'), 'x\n');
    assert.partialDeepStrictEqual(await execution.task(1), {
      status: 'completed',
      assigned_jr: 'Research Jr.',
    });
    assert.partialDeepStrictEqual(await rows('select * from jr_task_revisions order by version'), [
      { version: 1, assigned_jr: null, parameters: {}, changed_by: null },
      {
        version: 2,
        assigned_jr: 'Research Jr.',
        parameters: { limits: { steps: 5 } },
        changed_by: 'ada',
        reason: 'the network is back',
        instruction_content: overrides.instruction_content,
      },
    ]);
  });

  test('a document with nothing to execute is said to fail, though no step of it does', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 1 }, start);
    const prose = { entry_id: 1, instruction_content: '# Thoughts\n\nNothing to do here.\n' };
    assert.partialDeepStrictEqual(
      await drains.invoke({ action: 'replay', ...prose, dry_run: true, ...signed }),
      { ok: false, plan: { ok: false, error: { code: 'NO_STEPS' } } },
    );
  });

  test('a Jr that nobody registered is refused, and nothing is changed', async () => {
    await insertFailed(execution.database.pool, { staleSearch: 1 }, start);
    const answer = await drains.invoke({ action: 'replay', entry_id: 1, assigned_jr: 'Nobody', ...signed });
    assert.match(JSON.stringify(answer), /Nobody.*is not a registered Jr/);
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'failed' });
  });
});

describe('looking around', () => {
  test('a sample from the oldest to the youngest, redacted', async () => {
    await insertFailed(execution.database.pool, { network: 30, rateLimit: 30 }, start);
    const answer = await drains.invoke({ action: 'inspect', sample: 10 });
    const ids = (answer['entries'] as { id: number }[]).map(({ id }) => id);
    assert.deepEqual(ids, [6, 12, 18, 24, 30, 36, 42, 48, 54, 60]);
    assert.doesNotMatch(JSON.stringify(answer), /sk-0123456789/);
    assert.match(JSON.stringify(answer), /\[redacted\]/);
  });

  test('categories with counts, an example and what to do', async () => {
    await insertFailed(execution.database.pool, six, start);
    const answer = await drains.invoke({ action: 'categorize' });
    assert.partialDeepStrictEqual(answer, {
      entries: 33,
      categories: [
        { category: 'QUEUE_UNAVAILABLE', count: 8, retried_by_drain: true },
        { category: 'RATE_LIMITED', count: 7, retried_by_drain: true },
        { category: 'SEARCH_NOT_FOUND', count: 6, retried_by_drain: false },
        { category: 'PATH_PROTECTED', count: 5 },
        { category: 'CRASHED', count: 4 },
        { category: 'LIMIT_EXCEEDED', count: 3 },
      ],
    });
    assert.doesNotMatch(JSON.stringify(answer), /sk-0123456789/);
  });

  test('status says where things stand', async () => {
    await insertFailed(execution.database.pool, { network: 1 }, start);
    assert.partialDeepStrictEqual(await drains.invoke({ action: 'status' }), {
      ok: true,
      open_entries: 1,
      claims: { claims_paused: false },
      run: null,
    });
  });
});

describe('golden tasks and the look a day later', () => {
  test('golden tasks that hold let it complete, one that does not fails it, byte for byte', async () => {
    await execution.put('golden/good/instruction.md', createDocument('a.txt', 'a'));
    await execution.put('golden/good/before/kept.txt', 'kept');
    await execution.put('golden/good/after/kept.txt', 'kept');
    await execution.put('golden/good/after/a.txt', 'a\n');
    assert.partialDeepStrictEqual(await drains.invoke({ action: 'verify' }), {
      ok: true,
      golden: [{ name: 'good', ok: true, problems: [] }],
    });
    await execution.put('golden/worse/instruction.md', createDocument('b.txt', 'b'));
    await execution.put('golden/worse/after/b.txt', 'b');
    const view = runOf(await drains.invoke({ action: 'drain', ...signed }));
    assert.partialDeepStrictEqual(view, {
      status: 'failed',
      verification: {
        ok: false,
        golden: [
          { name: 'good', ok: true },
          {
            name: 'worse',
            ok: false,
            problems: ['b.txt differs from line 1 on (1 bytes expected, 2 found).'],
          },
        ],
      },
    });
    assert.equal(await execution.read('b.txt'), null, 'the workspace is only read');
  });

  test('in a workspace that is away no golden task is tried, and none is said to hold', async () => {
    const away = { ...drains.deps, golden: folderGoldenTasks(join(execution.root, 'away')) };
    await assert.rejects(drains.invoke({ action: 'verify' }, away), /The workspace .*away cannot be reached/);
  });

  test('a category that comes back is an alert', async () => {
    await insertFailed(execution.database.pool, { network: 2 }, start);
    await drains.invoke({ action: 'drain', ...signed });
    const wakeUp = execution.wakeUps.get('jr-drain-recheck-1');
    assert.ok(wakeUp !== undefined && wakeUp.at.getTime() - execution.now.getTime() === 24 * 3_600_000);
    execution.now = new Date(wakeUp.at.getTime() - 3_600_000);
    await insertFailed(execution.database.pool, { network: 3, staleSearch: 2 }, execution.now);
    execution.now = new Date(wakeUp.at.getTime() + 120_000);
    // The wake-up was lost: the minute sweep finds that nobody has looked.
    execution.wakeUps.clear();
    assert.partialDeepStrictEqual(await sweep(() => 60_000, ladderOf(execution).deps), {
      drains_continued: 1,
    });
    const again = execution.wakeUps.get('jr-drain-recheck-1');
    assert.deepEqual(again?.payload, wakeUp.payload);
    assert.partialDeepStrictEqual(await drains.invoke(wakeUp.payload), {
      ok: true,
      came_back: [{ category: 'QUEUE_UNAVAILABLE', count: 3 }],
    });
    assert.partialDeepStrictEqual(await drains.deps.alertLedger.unpublishedAlerts(10), [
      { scope: 'drain-recurrence', name: 'QUEUE_UNAVAILABLE', target: 'operations' },
    ]);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, ladderOf(execution).deps), {
      drains_continued: 0,
    });
  });
});

describe('a run that was killed', () => {
  test('the minute sweep wakes drain for it, claims are given back and it goes on', async () => {
    await insertFailed(execution.database.pool, { network: 8 }, start);
    const die = () => Promise.reject(new TypeError('killed'));
    const dying = { ...drains.deps, drains: { ...drains.deps.drains, prepared: die } };
    await assert.rejects(
      () => drains.invoke({ action: 'drain', ...signed, pause_claims: true }, dying),
      /killed/,
    );
    assert.deepEqual(await rows(`select value, changed_by from jr_control where name = 'claims_paused'`), [
      { value: true, changed_by: 'drain run 1' },
    ]);
    const { deps } = ladderOf(execution);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { drains_continued: 0 });
    execution.now = new Date(start.getTime() + 10 * 60_000);
    assert.partialDeepStrictEqual(await sweep(() => 60_000, deps), { drains_continued: 1 });
    const wakeUp = execution.wakeUps.get('jr-drain-1');
    assert.partialDeepStrictEqual(wakeUp, {
      functionName: 'drain',
      payload: { action: 'continue', run_id: 1 },
    });
    assert.partialDeepStrictEqual(runOf(await drains.invoke(wakeUp?.payload ?? {})), {
      status: 'completed',
      succeeded: 8,
    });
    assert.deepEqual(await rows(`select value from jr_control where name = 'claims_paused'`), [
      { value: false },
    ]);
  });

  test('an operator who pauses claims meanwhile keeps them paused', async () => {
    await insertFailed(execution.database.pool, { network: 3 }, start);
    const die = () => Promise.reject(new TypeError('killed'));
    const dying = { ...drains.deps, drains: { ...drains.deps.drains, prepared: die } };
    await assert.rejects(() => drains.invoke({ action: 'drain', ...signed, pause_claims: true }, dying));
    await drains.invoke({ action: 'pause', operator: 'grace', reason: 'a deploy' });
    execution.now = new Date(start.getTime() + 10 * 60_000);
    assert.partialDeepStrictEqual(runOf(await drains.invoke({ action: 'continue' })), {
      status: 'stopped',
      claims_paused_before: false,
    });
    assert.deepEqual(await rows(`select value, changed_by from jr_control where name = 'claims_paused'`), [
      { value: true, changed_by: 'grace' },
    ]);
  });
});
