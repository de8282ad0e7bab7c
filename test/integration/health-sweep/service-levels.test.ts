import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { sweep as ladderSweep } from '../../../functions/dlq-retry/run.ts';
import type { Dependencies } from '../../../functions/health-sweep/part.ts';
import { measureServiceLevels } from '../../../functions/health-sweep/service-levels.ts';
import type { Announcement } from '../../../shared/domain/announcement.ts';
import type { Metric } from '../../../shared/ports/metrics.ts';
import { createExecution, type Execution, healthOf, ladderOf } from '../../support/execution.ts';

let execution: Execution;
let deps: Dependencies;
let ladder: ReturnType<typeof ladderOf>;
let start: Date;
const published: Metric[][] = [];
before(async () => {
  execution = await createExecution();
  ladder = ladderOf(execution);
  deps = { ...healthOf(execution), metrics: { publish: metrics => void published.push([...metrics]) } };
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.wakeUps.clear();
  ladder.published.length = 0;
  published.length = 0;
  await execution.database.owner.query(
    'truncate jr_work_queue, jr_service_levels, jr_alerts restart identity cascade',
  );
});

const query = (sql: string, values: unknown[] = []) => execution.database.pool.query(sql, values);
const minute = (n: number) => new Date(start.getTime() + n * 60_000);

/** Tasks that were completed two minutes ago. */
const complete = (tasks: number) =>
  query(
    `insert into jr_work_queue (title, status, completed_at) select 't', 'completed', $1 from generate_series(1, $2)`,
    [new Date(execution.now.getTime() - 120_000), tasks],
  );

/** Tasks whose entries wait for the TPM since long ago, so that the success rate is not concerned. */
const fail = (tasks: number) =>
  query(
    `with tasks as (insert into jr_work_queue (title, status) select 't', 'failed' from generate_series(1, $2) returning id)
     insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, escalation_level,
       assigned_escalation_target, raised_at, created_at, notified_at)
     select id, 'it failed', 'NO_STEPS', 'permanent', 2, 'TPM', $1, $1, $1 from tasks`,
    [new Date(start.getTime() - 120 * 60_000), tasks],
  );
const resolve = (entries: number) =>
  query(
    `update jr_failed_tasks_dlq set resolution_status = 'resolved', resolved_at = $1
     where id in (select id from jr_failed_tasks_dlq where resolution_status = 'unresolved' order by id limit $2)`,
    [execution.now, entries],
  );

/** The sweep at a minute, and what people are told after it. */
async function sweepAt(n: number, overrides: Partial<Dependencies> = {}): Promise<string[]> {
  execution.now = minute(n);
  await measureServiceLevels({ ...deps, ...overrides }, () => false);
  return tell();
}

async function tell(): Promise<string[]> {
  ladder.published.length = 0;
  // Only what is about service levels: the entries themselves are long in the TPM's hands.
  const quiet = {
    ...ladder.deps,
    ladderLedger: { ...ladder.deps.ladderLedger, unpublishedNotices: async () => [] },
  };
  await ladderSweep(() => 60_000, { ...quiet, rules: { ...quiet.rules, tpm_sla_minutes: 1e6 } });
  return ladder.published.map(({ target, subject }: Announcement) => `${target}: ${subject.slice(14)}`);
}

test('a ratio that rises, stays and falls is one alert and one end of it', async () => {
  await complete(10_000);
  assert.deepEqual(await sweepAt(0), []);
  await fail(20);
  assert.deepEqual(await sweepAt(5), ['operations: ALERT: service-levels, open-ratio']);
  assert.deepEqual(await sweepAt(10), []);
  await fail(5);
  assert.deepEqual(await sweepAt(15), []);
  await resolve(24);
  assert.deepEqual(await sweepAt(20), ['operations: over: service-levels, open-ratio']);
  assert.deepEqual(await sweepAt(25), []);
  assert.equal(execution.wakeUps.size, 0);
  assert.equal((await query('select from jr_service_levels')).rowCount, 6);
});

test('above 1 % for 30 minutes: the engineering lead is called once, by the wake-up, with the evidence', async () => {
  await complete(900);
  await fail(10);
  assert.deepEqual(await sweepAt(0), ['operations: ALERT: service-levels, open-ratio']);
  assert.deepEqual(
    [...execution.wakeUps.values()],
    [{ name: 'jr-open-ratio-lead', functionName: 'health-sweep', payload: {}, at: minute(30) }],
  );
  for (const n of [5, 10, 15, 20, 25, 29]) assert.deepEqual(await sweepAt(n), []);
  assert.equal(execution.wakeUps.size, 1);
  // The wake-up has come and removed itself.
  execution.wakeUps.clear();
  assert.deepEqual(await sweepAt(30), ['engineering lead: ALERT: service-levels, open-ratio-lead']);
  assert.match(
    ladder.published[0]?.text ?? '',
    /open_entries: 10[\s\S]*tasks: 910[\s\S]*above_since: 2026-03-01T12:00:00/,
  );
  assert.deepEqual(await sweepAt(35), []);
  assert.equal(execution.wakeUps.size, 0);
  await resolve(10);
  assert.deepEqual(await sweepAt(40), [
    'operations: over: service-levels, open-ratio',
    'engineering lead: over: service-levels, open-ratio-lead',
  ]);
});

test('a ratio that falls in time cancels the call; a later rise begins anew', async () => {
  await complete(900);
  await fail(10);
  await sweepAt(0);
  await resolve(4);
  assert.deepEqual(await sweepAt(25), []);
  assert.equal(execution.wakeUps.size, 0);
  assert.deepEqual(await sweepAt(31), []);
  await fail(10);
  assert.deepEqual(await sweepAt(35), []);
  assert.deepEqual(execution.wakeUps.get('jr-open-ratio-lead')?.at, minute(65));
});

test('with the Scheduler away the sweep calls the lead itself, at the next five minutes', async () => {
  await complete(900);
  await fail(10);
  const away = () => Promise.reject(new Error('away'));
  const wakeUps = { set: away, remove: away };
  assert.deepEqual(await sweepAt(1, { wakeUps }), ['operations: ALERT: service-levels, open-ratio']);
  assert.deepEqual(await sweepAt(30, { wakeUps }), []);
  assert.deepEqual(await sweepAt(35, { wakeUps }), [
    'engineering lead: ALERT: service-levels, open-ratio-lead',
  ]);
  assert.partialDeepStrictEqual(
    execution.logged.filter(({ event }) => event === 'health_sweep.wake_up_failed'),
    [{}, {}],
  );
});

test('sweeps at once count no task twice, and each change is told once', async () => {
  await complete(1_000);
  await fail(10_001);
  execution.now = minute(0);
  await Promise.all([1, 2, 3].map(() => measureServiceLevels(deps, () => false)));
  assert.deepEqual(await tell(), [
    'engineering lead: ALERT: service-levels, open-entries-disaster',
    'operations: ALERT: service-levels, open-ratio',
  ]);
  await Promise.all([1, 2, 3].map(() => measureServiceLevels(deps, () => false)));
  assert.deepEqual(await tell(), []);
  const { rows } = await query(
    'select sum(counted)::int as counted, max(tasks) as tasks from jr_service_levels',
  );
  assert.deepEqual(rows, [{ counted: 1_000, tasks: 11_001 }]);
});

test('one failed task of three pages nobody, and an empty ledger is well', async () => {
  assert.deepEqual(await sweepAt(0), []);
  execution.now = minute(5);
  await complete(2);
  await fail(1);
  assert.deepEqual(await sweepAt(5), []);
  assert.deepEqual(published, [
    [
      { name: 'OpenEntries', value: 0, unit: 'Count' },
      { name: 'TasksCompletedInWindow', value: 0, unit: 'Count' },
      { name: 'TasksFailedInWindow', value: 0, unit: 'Count' },
    ],
    [
      { name: 'SuccessRate', value: 100, unit: 'Percent' },
      { name: 'OpenEntryRatio', value: (1 / 3) * 100, unit: 'Percent' },
      { name: 'OpenEntries', value: 1, unit: 'Count' },
      { name: 'TasksCompletedInWindow', value: 2, unit: 'Count' },
      { name: 'TasksFailedInWindow', value: 0, unit: 'Count' },
    ],
  ]);
});
