import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import ladder from '../../infra/ladder.json' with { type: 'json' };
import { JrError } from '../../shared/domain/failure.ts';
import { afterArrival } from '../../shared/domain/ladder.ts';
import { createExecution, type Execution } from '../support/execution.ts';
import { bell, createDocument, editDocument, submission } from '../support/messages.ts';
import { recordStatements } from '../support/statements.ts';

let execution: Execution;
before(async () => {
  execution = await createExecution();
});
after(() => execution.close());

const refuse = {
  write: () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is full.')),
};

test('a failed attempt ends in one statement, and one that came down the crash road in a transaction of four', async () => {
  const failing = [submission(editDocument('nowhere.txt', 'a', 'b'))];
  const permanent = await recordStatements(() => execution.invoke(failing));
  const workspace = { ...execution.deps.workspace, ...refuse };
  const transient = await recordStatements(() =>
    execution.invoke([submission(createDocument('full.txt', 'x'))], { workspace }),
  );
  await execution.database.pool.query(
    `insert into jr_work_queue (title, instruction_content) values ('crashes', 'x')`,
  );
  const broken = { ...execution.deps.workspace, load: () => Promise.reject(new TypeError('killed')) };
  await execution.invoke([bell(3)], { workspace: broken });
  const now = new Date(execution.now.getTime() + 600_000);
  const arrival = await recordStatements(() =>
    execution.deps.ledger.recordArrivals({ taskIds: [3], queueLevel: 1, maxRetries: 3, now }, a =>
      afterArrival(a, ladder.rules, now, 0),
    ),
  );
  assert.deepEqual((await execution.task(3)).status, 'failed');
  console.log(
    `statements of the failure path: a permanent failure ${permanent.length - 2} after intake and claim, ` +
      `a transient one ${transient.length - 2} with the plan and the transaction that the disk refused, ` +
      `the crash road ${arrival.length} in one transaction`,
  );
  assert.equal(permanent.length, 2 + 1, permanent.join('\n'));
  assert.equal(transient.length, 2 + 5, transient.join('\n'));
  assert.equal(arrival.length, 4, arrival.join('\n'));
});
