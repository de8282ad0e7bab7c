import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Dependencies } from '../../../functions/health-sweep/part.ts';
import { sweep } from '../../../functions/health-sweep/run.ts';
import { createExecution, type Execution, healthOf } from '../../support/execution.ts';
import { bell, message } from '../../support/messages.ts';

let execution: Execution;
let deps: Dependencies;
let start: Date;
before(async () => {
  execution = await createExecution();
  deps = healthOf(execution);
  start = execution.now;
});
after(() => execution.close());
beforeEach(async () => {
  execution.now = start;
  execution.pinged.length = 0;
  await execution.database.owner.query('truncate jr_work_queue, jr_alerts restart identity cascade');
  await execution.database.pool.query(
    `update jr_status set is_online = false, last_seen = null, pinged_at = null, in_service = true,
       breaker_state = 'closed', breaker_failures = 0, breaker_opened_at = null, breaker_next_try_at = null,
       breaker_closed_at = null, restart_count = 0`,
  );
});

const advance = (minutes: number) => {
  execution.now = new Date(execution.now.getTime() + minutes * 60_000);
};

const jr = async (name: string) => {
  const { rows } = await execution.database.pool.query('select * from jr_status where jr_name = $1', [name]);
  return rows[0];
};

/** Delivers the pings that are due by now to execute-task; those of `deaf` Jrs are lost. */
async function deliver(deaf: readonly string[] = []): Promise<void> {
  const due = execution.pinged.filter(({ sentAt }) => sentAt <= execution.now);
  execution.pinged.splice(
    0,
    execution.pinged.length,
    ...execution.pinged.filter(ping => !due.includes(ping)),
  );
  const messages = due
    .filter(({ jrName }) => !deaf.includes(jrName))
    .map(({ jrName, sentAt }) => message({ type: 'jr.ping', jr_name: jrName, sent_at: sentAt }));
  if (messages.length > 0) await execution.invoke(messages);
}

/** A sweep, and the five minutes until the next one, in which pings come back. */
async function cycle(deaf: readonly string[] = []) {
  const summary = await sweep(() => 60_000, deps);
  assert.deepEqual(summary.failed, []);
  await deliver(deaf);
  for (let i = 0; i < 2; i++) {
    advance(2);
    await deliver(deaf);
  }
  advance(1);
  return summary.parts;
}

async function insert(fields: { assigned_jr: string; status?: string; lease?: Date }): Promise<number> {
  const { rows } = await execution.database.pool.query(
    `insert into jr_work_queue (title, instruction_content, assigned_jr, status, lease_expires_at)
     values ('t', 'x', $1, $2, $3) returning id`,
    [fields.assigned_jr, fields.status ?? 'assigned', fields.lease ?? null],
  );
  return rows[0].id;
}

const task = async (id: number) => {
  const { rows } = await execution.database.pool.query('select * from jr_work_queue where id = $1', [id]);
  return rows[0];
};

describe('Jrs that answer', () => {
  test('are pinged three times a sweep, come online with the first answer and stay seen until the next', async () => {
    assert.partialDeepStrictEqual(await cycle(), { jrs: { in_service: 5, pinged: 5, silent: 0 } });
    const seen = await jr('Vision Jr.');
    assert.equal(seen.is_online, true);
    assert.equal(execution.now.getTime() - seen.last_seen.getTime() < 300_000, true);
    for (let i = 0; i < 5; i++) {
      assert.partialDeepStrictEqual(await cycle(), { jrs: { silent: 0, back: 0, tried: 0, pinged: 5 } });
    }
    assert.equal((await jr('Vision Jr.')).restart_count, 0);
  });

  test('answer while claims are paused: a pause stops no ping', async () => {
    const pause = (value: boolean) =>
      execution.database.pool.query(`update jr_control set value = $1 where name = 'claims_paused'`, [
        JSON.stringify(value),
      ]);
    await pause(true);
    for (let i = 0; i < 3; i++) assert.partialDeepStrictEqual(await cycle(), { jrs: { silent: 0 } });
    assert.equal((await jr('Vision Jr.')).is_online, true);
    await pause(false);
  });

  test('an answer that took more than five minutes does not count', async () => {
    const late = { type: 'jr.ping', jr_name: 'Vision Jr.', sent_at: new Date(start.getTime() - 300_000) };
    assert.partialDeepStrictEqual(await execution.invoke([message(late)]), { pinged: 0, rejected: 0 });
    assert.equal((await jr('Vision Jr.')).last_seen, null);
    assert.ok(execution.logged.some(({ event }) => event === 'ping.late'));
  });
});

describe('a Jr that falls silent', () => {
  const deaf = ['Vision Jr.'];

  test('is taken offline, its waiting tasks go to others, and what runs goes on', async () => {
    await cycle();
    await cycle(deaf);
    const waiting = await insert({ assigned_jr: 'Vision Jr.' });
    const waitingToo = await insert({ assigned_jr: 'Vision Jr.', status: 'pending' });
    const runs = await insert({
      assigned_jr: 'Vision Jr.',
      status: 'in_progress',
      lease: new Date(start.getTime() + 9 * 3_600_000),
    });
    const other = await insert({ assigned_jr: 'Research Jr.' });
    const running = await task(runs);
    assert.partialDeepStrictEqual(await cycle(deaf), {
      jrs: { silent: 1, pinged: 4 },
      released: { released: 2 },
    });
    assert.partialDeepStrictEqual(await jr('Vision Jr.'), {
      is_online: false,
      breaker_state: 'open',
      breaker_failures: 1,
    });
    for (const id of [waiting, waitingToo]) {
      assert.partialDeepStrictEqual(await task(id), { status: 'pending', assigned_jr: null });
    }
    assert.deepEqual(await task(runs), running);
    assert.equal((await task(other)).assigned_jr, 'Research Jr.');
  });

  test('keeps its waiting tasks while there is nobody to give them to', async () => {
    await execution.database.pool.query(`update jr_status set in_service = jr_name = 'Vision Jr.'`);
    const waiting = await insert({ assigned_jr: 'Vision Jr.' });
    for (let i = 0; i < 3; i++) await cycle(deaf);
    assert.equal((await task(waiting)).assigned_jr, 'Vision Jr.');
    const { rows } = await execution.database.pool.query(`select name, ended_at from jr_alerts`);
    assert.deepEqual(rows, [{ name: 'nobody-answers', ended_at: null }]);
    await cycle();
    await cycle();
    assert.equal((await jr('Vision Jr.')).is_online, true);
    const { rows: over } = await execution.database.pool.query(
      `select ended_at is not null as over from jr_alerts`,
    );
    assert.deepEqual(over, [{ over: true }]);
  });

  test('is tried when its pause is over, and is back when it answers', async () => {
    await cycle();
    await cycle(deaf);
    await cycle(deaf);
    assert.partialDeepStrictEqual(await cycle(), { jrs: { tried: 1, pinged: 5 } });
    assert.partialDeepStrictEqual(await jr('Vision Jr.'), {
      is_online: true,
      breaker_state: 'half_open',
      restart_count: 1,
    });
    assert.partialDeepStrictEqual(await cycle(), { jrs: { back: 1 } });
    assert.partialDeepStrictEqual(await jr('Vision Jr.'), {
      is_online: true,
      breaker_state: 'closed',
      breaker_failures: 1,
    });
  });

  test('that writes its heartbeat by SQL is alive without a ping', async () => {
    await cycle();
    for (let i = 0; i < 4; i++) {
      await execution.database.pool.query(
        `update jr_status set last_seen = $1, is_online = true where jr_name = 'Vision Jr.'`,
        [execution.now],
      );
      assert.partialDeepStrictEqual(await cycle(deaf), { jrs: { silent: 0 } });
    }
  });
});

test('a Jr out of service is asked nothing and its waiting tasks go to others', async () => {
  await cycle();
  await execution.database.pool.query(`update jr_status set in_service = false where jr_name = 'Vision Jr.'`);
  const waiting = await insert({ assigned_jr: 'Vision Jr.' });
  assert.partialDeepStrictEqual(await cycle(), {
    jrs: { in_service: 4, pinged: 4 },
    released: { released: 1 },
  });
  assert.equal((await task(waiting)).assigned_jr, null);
  const { rows } = await execution.database.pool.query('select name from jr_alerts');
  assert.deepEqual(rows, []);
});

test('a Jr out of service keeps no retry waiting: nothing would ever begin it', async () => {
  await cycle();
  const retried = await insert({ assigned_jr: 'Vision Jr.', status: 'failed' });
  await execution.database.pool.query(
    `insert into jr_failed_tasks_dlq (original_task_id, failure_reason, resolution_status, next_retry_timestamp, created_at)
     values ($1, 'r', 'retrying', $2, $2)`,
    [retried, execution.now],
  );
  await execution.database.pool.query(`update jr_status set in_service = false where jr_name = 'Vision Jr.'`);
  await execution.invoke([bell(retried)]);
  assert.equal((await task(retried)).attempt_count, 0);
  assert.partialDeepStrictEqual(await cycle(), { released: { released: 1 } });
  assert.partialDeepStrictEqual(await task(retried), { assigned_jr: null, status: 'failed' });
  await execution.invoke([bell(retried)]);
  assert.equal((await task(retried)).attempt_count, 1);
});

test('an answer that comes while a sweep decides wins over what it decided', async () => {
  await cycle();
  await cycle(['Vision Jr.']);
  const { jrLedger } = deps;
  const meanwhile: Dependencies = {
    ...deps,
    jrLedger: {
      ...jrLedger,
      async record(verdicts, now) {
        await execution.deps.ledger.recordPings(['Vision Jr.'], execution.now);
        return await jrLedger.record(verdicts, now);
      },
    },
  };
  assert.partialDeepStrictEqual((await sweep(() => 60_000, meanwhile)).parts, { jrs: { silent: 0 } });
  assert.partialDeepStrictEqual(await jr('Vision Jr.'), { is_online: true, breaker_state: 'closed' });
});

test('two sweeps at once count one failure and one restart', async () => {
  await cycle();
  await cycle(['Vision Jr.']);
  const both = () => Promise.all([sweep(() => 60_000, deps), sweep(() => 60_000, deps)]);
  await both();
  assert.partialDeepStrictEqual(await jr('Vision Jr.'), { breaker_state: 'open', breaker_failures: 1 });
  advance(2);
  await execution.deps.ledger.recordPings(['Research Jr.'], execution.now);
  advance(3);
  await both();
  assert.partialDeepStrictEqual(await jr('Vision Jr.'), { breaker_state: 'half_open', restart_count: 1 });
});
