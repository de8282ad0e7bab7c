import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { postgresHealthLedger } from '../../shared/adapters/postgres/care-for-ledger.ts';
import { postgresLedgerCheck } from '../../shared/adapters/postgres/check-ledger.ts';
import { repairKinds } from '../../shared/ports/health-ledger.ts';
import type { LedgerCheck } from '../../shared/ports/ledger-check.ts';
import { createDatabase, migrationsFolder, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let check: LedgerCheck;
before(async () => {
  database = await createDatabase();
  check = postgresLedgerCheck(database.pool);
});
after(() => database.drop());
beforeEach(() =>
  database.owner.query(
    'truncate jr_work_queue, jr_alerts, jr_service_levels, jr_rejected_submissions restart identity cascade',
  ),
);

const now = new Date('2026-03-01T12:00:00Z');
const ago = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

async function insert(columns: Record<string, unknown>, table = 'jr_work_queue'): Promise<number> {
  const names = Object.keys(columns);
  const { rows } = await database.pool.query(
    `insert into ${table} (${names}) values (${names.map((_, i) => `$${i + 1}`)}) returning id`,
    Object.values(columns),
  );
  return rows[0].id;
}

test('an empty ledger has nothing to be said of it', async () => {
  assert.partialDeepStrictEqual(await check.state(now), {
    waiting: 0,
    running: 0,
    stale: [],
    stale_count: 0,
    expired_leases: 0,
    oldest_bell_at: null,
    untold_since: null,
    rejected_count: 0,
    rejected_reason: null,
    alerts: [],
    measured_at: null,
  });
  assert.deepEqual(await check.disagreements(now), []);
});

test('what was rejected within a day is counted, with the reason of the latest', async () => {
  const received = [1_441, 30, 1, 1_000];
  for (const [at, minutes] of received.entries()) {
    const row = { message_id: `m${at}`, reason: `${minutes} minutes ago`, body: '', body_bytes: 0 };
    await insert({ ...row, received_at: ago(minutes) }, 'jr_rejected_submissions');
  }
  assert.partialDeepStrictEqual(await check.state(now), {
    rejected_count: 3,
    rejected_reason: '1 minutes ago',
  });
});

test('stale is what nobody runs; what runs under its lease is not, also after nine hours', async () => {
  const running = { title: 't', status: 'in_progress' };
  await insert({ ...running, updated_at: ago(540), lease_expires_at: ago(-1) });
  await insert({ ...running, updated_at: ago(59) });
  await insert({ ...running, updated_at: ago(70), lease_expires_at: ago(60) });
  await insert({ ...running, updated_at: ago(61), title: 'by hand' });
  await insert({ ...running, updated_at: ago(1), lease_expires_at: ago(1) });
  const state = await check.state(now);
  assert.partialDeepStrictEqual(state, { running: 5, stale_count: 2, expired_leases: 2 });
  assert.partialDeepStrictEqual(state.stale, [
    { id: 4, title: 'by hand', leased: false },
    { id: 3, leased: true },
  ]);
});

test('it knows the oldest bell, the alerts that are on, and since when people have not been told', async () => {
  await insert({ title: 't', dispatched_at: ago(90), not_before: ago(-10) });
  await insert({ title: 't', dispatched_at: ago(20) });
  await insert({ title: 't', dispatched_at: ago(30) });
  const alert = { scope: 's', target: 'operations', summary: 'Smoke.', next_action: 'run', observed_at: now };
  await insert({ ...alert, name: 'on', began_at: ago(9), told: 'begun' }, 'jr_alerts');
  await insert({ ...alert, name: 'over', began_at: ago(9), ended_at: ago(7), told: 'begun' }, 'jr_alerts');
  await insert({ ...alert, name: 'flap', began_at: ago(50), ended_at: ago(49) }, 'jr_alerts');
  const state = await check.state(now);
  assert.equal(new Date(state.oldest_bell_at ?? '').getTime(), ago(30).getTime());
  assert.equal(new Date(state.untold_since ?? '').getTime(), ago(7).getTime());
  assert.deepEqual(
    state.alerts.map(({ name, summary, next_action }) => [name, summary, next_action]),
    [['on', 'Smoke.', 'run']],
  );
});

test('what disagrees is what the health sweep repairs, and looking repairs nothing', async () => {
  const failed = await insert({ title: 't', status: 'failed' });
  const ended = await insert({ title: 't', status: 'completed' });
  await insert({ original_task_id: ended, failure_reason: 'why' }, 'jr_failed_tasks_dlq');
  const found = [
    { kind: 'entry_of_ended_task', task_ids: [ended] },
    { kind: 'entry_missing', task_ids: [failed] },
  ];
  assert.deepEqual(await check.disagreements(now), found);
  assert.deepEqual(await check.disagreements(now), found);
  for (const kind of repairKinds) await postgresHealthLedger(database.pool).repair(kind, now, 10);
  assert.deepEqual(await check.disagreements(now), []);
});

test('migrations that have not been applied are named, one that was changed is an error', async t => {
  assert.deepEqual(await check.pendingMigrations(migrationsFolder), []);
  await database.owner.query(`delete from jr_schema_migrations where name > '0008'`);
  const pending = await check.pendingMigrations(migrationsFolder);
  assert.ok(pending.includes('0009_service_levels.sql'), pending.join());
  const folder = await mkdtemp(join(tmpdir(), 'jr-migrations-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, '0001_workers.sql'), 'select 1');
  await assert.rejects(
    check.pendingMigrations(folder),
    /0001_workers.sql was changed|0002_\w+.sql was applied/,
  );
});
