// The ledger goes away in the middle of an attempt, and comes back while the function still has time or after that.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import type { Dependencies } from '../../../functions/execute-task/dependencies.ts';
import { postgresDispatchLedger } from '../../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { poolByLine } from '../../support/cut-line.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { bell, createDocument, editDocument, submission } from '../../support/messages.ts';

let execution: Execution;
let line: Awaited<ReturnType<typeof poolByLine>>;
before(async () => {
  execution = await createExecution();
  line = await poolByLine(execution.database.url);
});
after(async () => {
  await line.close();
  await execution.close();
});
beforeEach(async () => {
  line.mend();
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
  execution.rung.length = 0;
  await execution.put('cut.txt', 'stays\ngoes\n');
});

/** What the ledger alone knows for done. */
const deletion = editDocument('cut.txt', 'stays\ngoes', 'stays');

/** The function on the line, which is mended after so many pauses. */
function onLine(pauses = Number.POSITIVE_INFINITY): Partial<Dependencies> & { paused: number[] } {
  const paused: number[] = [];
  return {
    paused,
    ledger: postgresLedger(line.pool),
    dispatchLedger: postgresDispatchLedger(line.pool),
    pause: async ms => {
      await execution.deps.pause(ms);
      if (paused.push(ms) === pauses) line.mend();
    },
  };
}

const cutsWhenPlanned = (): Pick<Dependencies, 'workspace'> => ({
  workspace: {
    ...execution.deps.workspace,
    load: async paths => {
      const states = await execution.deps.workspace.load(paths);
      await line.cut();
      return states;
    },
  },
});

const cutsWhenWritten = (): Pick<Dependencies, 'workspace'> => ({
  workspace: {
    ...execution.deps.workspace,
    write: async writes => {
      const ends = await execution.deps.workspace.write(writes);
      await line.cut();
      return ends;
    },
  },
});

async function outcomes(taskId: number): Promise<(string | null)[]> {
  return (await execution.task(taskId)).attempts.map(({ outcome }) => outcome);
}

for (const [when, cuts] of [
  ['when it is planned', cutsWhenPlanned],
  ['when its files are written', cutsWhenWritten],
] as const) {
  test(`a ledger that goes away ${when} and comes back in time costs the attempt nothing (invariant 9)`, async () => {
    const away = onLine(4);
    const summary = await execution.invoke([submission(deletion)], { ...away, ...cuts() });
    assert.partialDeepStrictEqual(summary, { interrupted: 1, broken: 0, returned: [] });
    assert.deepEqual(away.paused, [250, 500, 1_000, 2_000]);
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 0 }]);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    assert.equal(await execution.read('cut.txt'), 'stays\n');
    assert.deepEqual(await outcomes(1), ['interrupted', 'completed']);
    const { rows } = await execution.database.pool.query('select * from jr_failed_tasks_dlq');
    assert.deepEqual(rows, []);
  });
}

test('what failed beside it is said when the ledger is back: it has its entry, and no attempt more', async () => {
  const failing = submission(editDocument('nowhere.txt', 'a', 'b'));
  const summary = await execution.invoke([failing, submission(deletion)], {
    ...onLine(4),
    ...cutsWhenWritten(),
  });
  assert.partialDeepStrictEqual(summary, { failed: 1, raised: 1, interrupted: 1, returned: [] });
  assert.deepEqual([await outcomes(1), await outcomes(2)], [['failed'], ['interrupted']]);
});

test('a ledger that sleeps when a batch comes, or changes servers, is waited for: it need not come again', async () => {
  await line.cut();
  const away = onLine(6);
  const summary = await execution.invoke([submission(deletion)], away);
  assert.partialDeepStrictEqual(summary, { completed: 1, returned: [] });
  assert.deepEqual(away.paused, [250, 500, 1_000, 2_000, 4_000, 4_000]);
  assert.deepEqual(await outcomes(1), ['completed']);
});

test('a ledger that goes away between taking in and claiming is waited for as well', async () => {
  const away = onLine(1);
  const { ledger } = away;
  assert.ok(ledger !== undefined);
  const takeIn: typeof ledger.takeIn = async (...intake) => {
    const taken = await ledger.takeIn(...intake);
    await line.cut();
    return taken;
  };
  const summary = await execution.invoke([submission(deletion)], { ...away, ledger: { ...ledger, takeIn } });
  assert.partialDeepStrictEqual(summary, { completed: 1, returned: [] });
  assert.equal(away.paused.length, 1);
});

test('one that is away for longer than the function has time gets the batch again', async () => {
  const away = onLine();
  const message = submission(deletion);
  const { now } = execution;
  await assert.rejects(execution.invoke([message], { ...away, ...cutsWhenWritten() }), {
    code: 'LEDGER_UNAVAILABLE',
  });
  const waited = execution.now.getTime() - now.getTime();
  assert.ok(waited > 40_000 && waited <= 50_000, `${waited} ms`);
  line.mend();
  execution.now = new Date(now.getTime() + 90_000);
  assert.partialDeepStrictEqual(await execution.invoke([message]), { completed: 1 });
  assert.deepEqual(await outcomes(1), ['crashed', 'completed']);
});

test('what takes the ledger away each time climbs, and does not loop (invariant 9)', async () => {
  const { max_crashes } = execution.deps.rules;
  const message = submission(createDocument('heavy.txt', 'x'));
  for (let attempt = 1; attempt <= 2 * max_crashes; attempt++) {
    line.mend();
    const free = attempt <= max_crashes;
    const summary = await execution.invoke([message], { ...onLine(1), ...cutsWhenPlanned() });
    assert.partialDeepStrictEqual(summary, { claimed: 1, interrupted: free ? 1 : 0, broken: free ? 0 : 1 });
    execution.now = new Date(execution.now.getTime() + 90_000);
  }
  line.mend();
  assert.partialDeepStrictEqual(await execution.invoke([message]), { claimed: 0 });
  assert.partialDeepStrictEqual(await execution.task(1), { status: 'failed' });
});
