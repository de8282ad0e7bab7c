import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type pg from 'pg';
import { sweep as healthSweep } from '../../../functions/health-sweep/run.ts';
import { postgresDispatchLedger } from '../../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { postgresJrLedger } from '../../../shared/adapters/postgres/watch-jrs.ts';
import { dispatch } from '../../../shared/flow/dispatch.ts';
import { createExecution, type Execution, healthOf } from '../../support/execution.ts';
import { bell, createDocument, message, submission } from '../../support/messages.ts';

/** A person has changed a Jr in a transaction and gone to lunch. */
const held = 'Vision Jr.';
const other = 'Software Engineer Jr.';

let execution: Execution;
/** Connections that do not wait long for a lock. */
let impatient: pg.Pool;
let person: pg.PoolClient;
before(async () => {
  execution = await createExecution();
  const databaseUrl = `${execution.database.url}?lock_timeout=20`;
  impatient = createPool({ databaseUrl, max: 2, onIdleError: error => console.error(error) });
});
after(async () => {
  await impatient.end();
  await execution.close();
});
beforeEach(async () => {
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
  await execution.database.pool.query(
    'update jr_status set is_online = true, last_seen = $1, pinged_at = null',
    [execution.now],
  );
  execution.rung.length = 0;
  execution.pinged.length = 0;
  person = await execution.database.pool.connect();
  await person.query('begin');
  await person.query('update jr_status set max_concurrent = 9 where jr_name = $1', [held]);
});
afterEach(() => person.release(true));

const submit = (jr: string, name: string) => submission(createDocument(name, 'x'), { assigned_jr: jr });
const ping = (jr: string) => message({ type: 'jr.ping', jr_name: jr, sent_at: execution.now.toISOString() });

async function rows(sql: string) {
  return (await execution.database.pool.query(sql)).rows;
}

test('who keeps a Jr locked keeps the tasks of no other Jr from being begun', async () => {
  const batch = [submit(held, 'a.txt'), submit(other, 'b.txt')];
  const summary = await execution.invoke(batch, { ledger: postgresLedger(impatient) });
  assert.partialDeepStrictEqual(summary, { claimed: 1, completed: 1 });
  assert.deepEqual(await rows('select assigned_jr from jr_work_queue where completed_at is null'), [
    { assigned_jr: held },
  ]);
  const [waiting] = await rows('select id from jr_work_queue where completed_at is null');
  assert.deepEqual(execution.rung, [{ taskId: waiting.id, delaySeconds: 30 }]);
  await person.query('rollback');
  assert.partialDeepStrictEqual(await execution.invoke([bell(waiting.id)]), { completed: 1 });
});

test('the ping of a Jr that somebody keeps locked holds up no others, and nothing else of its batch', async () => {
  execution.now = new Date(execution.now.getTime() + 60_000);
  const batch = [ping(held), ping(other), submit(other, 'c.txt')];
  const summary = await execution.invoke(batch, { ledger: postgresLedger(impatient) });
  assert.partialDeepStrictEqual(summary, { pinged: 2, completed: 1 });
  assert.ok(!execution.logged.some(({ event }) => event === 'ping.unknown_jr'));
  const seen =
    'select jr_name, last_seen = $1 as now from jr_status where jr_name = any($2) order by jr_name';
  const { rows: jrs } = await execution.database.pool.query(seen, [execution.now, [held, other]]);
  assert.deepEqual(jrs, [
    { jr_name: other, now: true },
    { jr_name: held, now: false },
  ]);
});

test('who keeps a Jr locked keeps no task from being given to one, and rung for', async () => {
  await execution.database.pool.query(
    `insert into jr_work_queue (title, instruction_content)
     select 'free', 'x' from generate_series(1, 10)`,
  );
  const deps = { ...execution.deps, dispatchLedger: postgresDispatchLedger(impatient) };
  const service = await dispatch({ assignAtMost: 100, lookForUnassigned: true }, deps);
  assert.equal(service.assigned, 10);
  assert.equal(execution.rung.length, 10);
});

test('who keeps a Jr locked keeps no other one from being found silent', async () => {
  await execution.database.pool.query(
    `update jr_status set pinged_at = last_seen + interval '1 second' where jr_name <> $1`,
    [held],
  );
  execution.now = new Date(execution.now.getTime() + 600_000);
  const deps = { ...healthOf(execution), jrLedger: postgresJrLedger(impatient) };
  const { failed } = await healthSweep(() => 60_000, deps);
  assert.deepEqual(failed, []);
  const silent = 'select jr_name from jr_status where not is_online and jr_name = any($1) order by 1';
  const { rows: jrs } = await execution.database.pool.query(silent, [[held, other]]);
  assert.deepEqual(jrs, [{ jr_name: other }]);
  assert.ok(execution.pinged.some(({ jrName }) => jrName === held));
});
