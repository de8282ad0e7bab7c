import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { postgresLedger } from '../../shared/adapters/postgres/ledger.ts';
import { createPool, ledgerCall } from '../../shared/adapters/postgres/pool.ts';
import { JrError } from '../../shared/domain/failure.ts';
import type { Lease } from '../../shared/domain/task.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { incoming } from '../support/submissions.ts';

const now = new Date('2026-03-01T12:00:00Z');
const leaseUntil = new Date('2026-03-01T12:01:00Z');
const limits = { oldestEntry: new Date(0), maxCrashes: 3 };
const away = (error: unknown) => error instanceof JrError && error.code === 'LEDGER_UNAVAILABLE';

let database: TestDatabase;
before(async () => {
  database = await createDatabase();
});
after(() => database.drop());

async function claimOne(): Promise<Lease> {
  const ledger = postgresLedger(database.pool);
  const message = incoming();
  const { taskIds } = await ledger.takeIn({ submissions: [message], rejections: [], window: 200 }, now);
  const claims = await ledger.claimTasks({
    taskIds: [...taskIds.values()],
    now,
    leaseUntil,
    functionRequestId: 't',
    ...limits,
  });
  const [task] = claims.tasks;
  assert.ok(task);
  return task.lease;
}

/** Ends every connection of the database but the one that asks. */
const killOthers = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`;

test('a server that cannot be reached is LEDGER_UNAVAILABLE, a transient failure', async () => {
  const pool = createPool({
    databaseUrl: 'postgres://nobody@127.0.0.1:1/none',
    max: 1,
    onIdleError: () => {},
  });
  const call = postgresLedger(pool).claimTasks({
    taskIds: [1],
    now,
    leaseUntil,
    functionRequestId: 't',
    ...limits,
  });
  await assert.rejects(
    call,
    error => away(error) && error instanceof JrError && error.errorClass === 'transient',
  );
  await pool.end();
});

test('a connection that is killed under a write rolls back, and the next call gets a new one', async () => {
  const lease = await claimOne();
  const ledger = postgresLedger(database.pool);
  const end = { outcome: 'interrupted', statusMessage: 'x' } as const;
  const write = ledger.writeUnderLease([{ lease, paths: ['a.txt'] }], now, async tx => {
    const killer = createPool({ databaseUrl: database.url, max: 1, onIdleError: () => {} });
    await killer.query(killOthers);
    await killer.end();
    await tx.settle([{ lease, end, steps: [] }], now);
  });
  await assert.rejects(write, away);
  const { rows } = await database.pool.query('select status from jr_work_queue where id = $1', [
    lease.taskId,
  ]);
  assert.deepEqual(rows, [{ status: 'in_progress' }]);
});

test('a server that only reads, as the old one after a failover, is LEDGER_UNAVAILABLE, and its connections are let go', async t => {
  const lease = await claimOne();
  const readOnly = (value: 'on' | 'off') =>
    database.owner.query(
      `do $$ begin execute format('alter database %I set default_transaction_read_only = ${value}', current_database()); end $$`,
    );
  await readOnly('on');
  const pool = createPool({ databaseUrl: database.url, max: 1, onIdleError: () => {} });
  t.after(() => pool.end());
  const ledger = postgresLedger(pool);
  const end = { outcome: 'interrupted', statusMessage: 'x' } as const;
  const write = () =>
    ledger.writeUnderLease([{ lease, paths: ['a.txt'] }], now, async tx =>
      tx.settle([{ lease, end, steps: [] }], now),
    );
  await assert.rejects(write, away);
  // By its name the server that writes is found again; who kept the connection would never get there.
  await readOnly('off');
  await write();
});

test('a statement that is wrong is a defect and no outage', async () => {
  const ledger = postgresLedger(database.pool);
  const call = ledger.claimTasks({
    taskIds: [Number.NaN],
    now,
    leaseUntil,
    functionRequestId: 't',
    ...limits,
  });
  await assert.rejects(call, error => !(error instanceof JrError));
});

test('a certificate that is not trusted is LEDGER_UNAVAILABLE, and says what makes it trusted', async () => {
  const codes = [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'CERT_HAS_EXPIRED',
  ];
  for (const code of codes) {
    const refused = () => Promise.reject(Object.assign(new Error('it is not believed'), { code }));
    await assert.rejects(
      ledgerCall('be asked', refused),
      error => away(error) && /it is not believed.*NODE_EXTRA_CA_CERTS/.test(String(error)),
      code,
    );
  }
});
