import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import { watchHalfWritten } from '../../../functions/health-sweep/watch-half-written.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import type { Workspace } from '../../../shared/ports/workspace.ts';
import { createExecution, type Execution, healthOf, ladderOf } from '../../support/execution.ts';
import { bell, createDocument, editDocument, submission } from '../../support/messages.ts';

let execution: Execution;
before(async () => {
  execution = await createExecution();
});
after(() => execution.close());
beforeEach(async () => {
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
  execution.rung.length = 0;
});

const document = () =>
  submission(
    `${editDocument('half/a.txt', 'old a', 'new a')}\n${editDocument('half/b.txt', 'old b', 'new b')}`,
  );

/** Renames the first file and dies. */
function dieHalfway(): Workspace {
  const { workspace } = execution.deps;
  return {
    ...workspace,
    write: writes =>
      workspace.write(
        writes.map(({ mayWrite, ...write }) => ({
          ...write,
          mayWrite(placed) {
            mayWrite(placed);
            const first = readFileSync(execution.pathOf('half/a.txt'), 'utf8');
            if (first === 'new a\n') throw new JrError('LEASE_LOST', 'stands for a kill here');
          },
        })),
      ),
  };
}

async function halfWritten(message = document()) {
  await execution.put('half/a.txt', 'old a\n');
  await execution.put('half/b.txt', 'old b\n');
  await execution.invoke([message], { workspace: dieHalfway() });
  assert.deepEqual(
    [await execution.read('half/a.txt'), await execution.read('half/b.txt')],
    ['new a\n', 'old b\n'],
  );
}

/** Dies while it plans. */
function broken(): Workspace {
  return { ...execution.deps.workspace, load: () => Promise.reject(new TypeError('killed')) };
}

describe('an attempt that died between two renames', () => {
  test('is gone on from: what the disk proves done is skipped, the rest is written', async () => {
    await halfWritten();
    const start = execution.now;
    execution.now = new Date(start.getTime() + 360_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    execution.now = start;
    assert.deepEqual(
      [await execution.read('half/a.txt'), await execution.read('half/b.txt')],
      ['new a\n', 'new b\n'],
    );
    assert.partialDeepStrictEqual(await execution.task(1), {
      result: { steps_applied: 1, steps_already_applied: 1 },
    });
  });

  test('is rolled back when the document is another one by now, and that one is planned on the originals', async () => {
    await halfWritten();
    await execution.database.pool.query('update jr_work_queue set instruction_content = $1', [
      editDocument('half/b.txt', 'old b', 'newest b'),
    ]);
    const start = execution.now;
    execution.now = new Date(start.getTime() + 360_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { completed: 1 });
    execution.now = start;
    assert.deepEqual(
      [await execution.read('half/a.txt'), await execution.read('half/b.txt')],
      ['old a\n', 'newest b\n'],
    );
  });

  test('is rolled back when the rest fits no more: all or nothing after all (invariant 4)', async () => {
    await halfWritten();
    await execution.put('half/b.txt', 'somebody else was here\n');
    const start = execution.now;
    execution.now = new Date(start.getTime() + 360_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { failed: 1 });
    execution.now = start;
    assert.equal(await execution.read('half/a.txt'), 'old a\n');
    assert.equal(await execution.read('half/b.txt'), 'somebody else was here\n');
    assert.partialDeepStrictEqual(await execution.task(1), {
      status: 'failed',
      steps: [{ execution_result: 'rolled_back' }, { execution_result: 'failed' }],
    });
  });
});

test('one that was frozen after its commit and thaws now leaves the journal of the next alone (invariant 4)', async () => {
  const { workspace } = execution.deps;
  const thaw: (() => Promise<void>)[] = [];
  const forget: Workspace['forget'] = async journals => void thaw.push(() => workspace.forget(journals));
  await execution.put('half/a.txt', 'old a\n');
  await execution.put('half/b.txt', 'old b\n');
  await execution.invoke([document()], { workspace: { ...workspace, forget } });
  // A late bell for what is completed is frozen as well.
  await execution.invoke([bell(1)], { workspace: { ...workspace, forget } });
  assert.equal(thaw.length, 2);
  await execution.database.pool.query(`update jr_work_queue set status = 'pending'`);
  await halfWritten(bell(1));
  for (const each of thaw) await each();
  await execution.put('half/b.txt', 'somebody else was here\n');
  const start = execution.now;
  execution.now = new Date(start.getTime() + 360_000);
  assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { failed: 1 });
  execution.now = start;
  assert.equal(await execution.read('half/a.txt'), 'old a\n');
});

describe('what an attempt left half-written that nobody goes on with (invariant 4)', () => {
  const operations = () => postgresOperations(execution.database.pool);
  const ada = { by: 'ada', reason: null };
  const files = async () => [await execution.read('half/a.txt'), await execution.read('half/b.txt')];
  const later = async <T>(seconds: number, work: () => Promise<T>): Promise<T> => {
    const start = execution.now;
    execution.now = new Date(start.getTime() + seconds * 1000);
    return await work().finally(() => {
      execution.now = start;
    });
  };

  for (const when of ['before', 'after'] as const) {
    test(`is no evidence for another task that read it and looks for journals ${when} it is put back (invariant 7)`, async () => {
      await halfWritten();
      await operations().cancelTask(1, ada, execution.now);
      const { workspace, ledger } = execution.deps;
      let calls = 0;
      const putBack = async (at: typeof when) => {
        if (at === when && calls++ === 0) await execution.invoke([bell(1)]);
      };
      await later(75, async () => {
        await execution.invoke([submission(createDocument('half/a.txt', 'new a'))], {
          workspace: {
            ...workspace,
            heldBy: async writes => {
              await putBack('after');
              return await workspace.heldBy(writes);
            },
          },
          ledger: {
            ...ledger,
            findHalfWritten: async taskIds => {
              await putBack('before');
              return await ledger.findHalfWritten(taskIds);
            },
          },
        });
      });
      assert.equal(await execution.read('half/a.txt'), 'old a\n');
      assert.partialDeepStrictEqual(await execution.task(2), { status: 'blocked' });
    });
  }

  test('is no evidence for another task that read it, where it came and went each time while that one read (invariant 7)', async () => {
    await execution.put('half/a.txt', 'old a\n');
    const { workspace } = execution.deps;
    const ids = [2, 3];
    await execution.invoke([submission(createDocument('half/a.txt', 'new a'))], {
      workspace: {
        ...workspace,
        load: async paths => {
          const id = ids.shift();
          if (id === undefined) return await workspace.load(paths);
          await halfWritten();
          const states = await workspace.load(paths);
          await operations().cancelTask(id, ada, execution.now);
          await later(75, () => execution.invoke([bell(id)]));
          return states;
        },
      },
    });
    assert.deepEqual(await files(), ['old a\n', 'old b\n']);
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'blocked' });
  });

  test('is put back when its task is cancelled, but not before the last moment at which the attempt may write', async () => {
    await halfWritten();
    assert.partialDeepStrictEqual(await operations().cancelTask(1, ada, execution.now), { ring: true });
    execution.rung.length = 0;
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0, put_back: 0 });
    assert.deepEqual(execution.rung, [{ taskId: 1, delaySeconds: 75 }]);
    assert.deepEqual(await files(), ['new a\n', 'old b\n']);
    assert.partialDeepStrictEqual(await execution.task(1), {
      checkpoint: { last_completed_step: 0, total_steps: 2, rollbacks: 0 },
    });
    await later(75, async () => {
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0, put_back: 1 });
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0, put_back: 0 });
    });
    assert.deepEqual(await files(), ['old a\n', 'old b\n']);
    assert.partialDeepStrictEqual(await execution.task(1), {
      status: 'cancelled',
      checkpoint: null,
      steps: [{ execution_result: 'rolled_back' }, { execution_result: 'pending' }],
    });
  });

  test('waits for another invocation where the locks that it may wait for would cost those of its batch their time', async () => {
    await halfWritten();
    await operations().cancelTask(1, ada, execution.now);
    await later(80, async () => {
      const batch = [bell(1), submission(createDocument('beside.txt', 'x'))];
      assert.partialDeepStrictEqual(await execution.invoke(batch, {}, () => 15_000), {
        put_back: 0,
        completed: 1,
      });
    });
    await later(80 + 121, async () => {
      assert.equal((await sweep(() => 60_000, ladderOf(execution).deps)).half_written, 1);
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { put_back: 1 });
    });
  });

  test('is put back before its task is given to a person', async () => {
    await halfWritten();
    for (const crash of [1, 2]) {
      await later(100 * crash, () => execution.invoke([bell(1)], { workspace: broken() }));
    }
    await later(360, async () => {
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { claimed: 0, put_back: 1 });
    });
    assert.deepEqual(await files(), ['old a\n', 'old b\n']);
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'failed', status_message: 'CRASHED' });
  });

  test('stays marked while it cannot be put back, and is rung for, each time after a longer wait', async () => {
    await halfWritten();
    await operations().cancelTask(1, ada, execution.now);
    const restore = () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is away.'));
    const workspace = { ...execution.deps.workspace, restore };
    const { deps } = ladderOf(execution);
    const rung = async () => (await sweep(() => 60_000, deps)).half_written;
    await later(80, async () => {
      assert.equal(await rung(), 1);
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)], { workspace }), { put_back: 0 });
    });
    await later(80 + 100, async () => assert.equal(await rung(), 0));
    await later(80 + 121, async () => {
      assert.equal(await rung(), 1);
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { put_back: 1 });
    });
    await later(10_000, async () => assert.equal(await rung(), 0));
    assert.deepEqual(await files(), ['old a\n', 'old b\n']);
  });

  test('is told to people when it could not be put back for long, and that it is over', async () => {
    await halfWritten();
    await operations().cancelTask(1, ada, execution.now);
    const restore = () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is away.'));
    const workspace = { ...execution.deps.workspace, restore };
    const alerts = async () => {
      const { not_put_back } = await watchHalfWritten(healthOf(execution), () => false);
      const { rows } = await execution.database.pool.query(
        'select name, evidence, ended_at is not null as over from jr_alerts',
      );
      return { not_put_back, rows };
    };
    for (const [n, seconds] of [100, 300, 600, 1_200].entries()) {
      await later(seconds, async () => {
        assert.deepEqual(await alerts(), { not_put_back: 0, rows: [] }, `before try ${n + 1}`);
        assert.partialDeepStrictEqual(await execution.invoke([bell(1)], { workspace }), { put_back: 0 });
      });
    }
    const told = { name: 'not-put-back', evidence: { task_ids: [1] } };
    await later(1_300, async () => {
      assert.deepEqual(await alerts(), { not_put_back: 1, rows: [{ ...told, over: false }] });
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { put_back: 1 });
      assert.deepEqual(await alerts(), { not_put_back: 0, rows: [{ ...told, over: true }] });
    });
  });

  test('counts as it is when somebody sets its task to completed by SQL, and nothing is left of it', async () => {
    await halfWritten();
    await execution.database.pool.query(`update jr_work_queue set status = 'completed'`);
    const { deps } = ladderOf(execution);
    const rung = async () => (await sweep(() => 60_000, deps)).half_written;
    assert.equal(await rung(), 0);
    await later(80, async () => {
      assert.equal(await rung(), 1);
      await execution.invoke([bell(1)]);
      assert.equal(await rung(), 0);
    });
    assert.ok(!existsSync(execution.pathOf('.jr-work')));
    assert.partialDeepStrictEqual(await execution.task(1), { status: 'completed', checkpoint: null });
    assert.deepEqual(await files(), ['new a\n', 'old b\n']);
  });

  test('is no ground for another task to build upon or to be judged by: it waits, at no cost', async () => {
    await halfWritten();
    const builds = submission(editDocument('half/a.txt', 'new a', 'newer a'));
    const fails = submission(editDocument('half/a.txt', 'old a', 'other a'));
    const other = submission(createDocument('half/c.txt', 'c'));
    const summary = await execution.invoke([builds, fails, other]);
    assert.partialDeepStrictEqual(summary, { claimed: 3, completed: 1, interrupted: 2, failed: 0 });
    assert.deepEqual(
      execution.rung.slice(-2),
      [2, 3].map(taskId => ({ taskId, delaySeconds: 120 })),
    );
    assert.match((await execution.task(2)).status_message ?? '', /^waits for task 1,/);
    await operations().cancelTask(1, ada, execution.now);
    await later(75, async () => {
      assert.partialDeepStrictEqual(await execution.invoke([bell(1), bell(3)]), {
        put_back: 1,
        completed: 1,
      });
      assert.partialDeepStrictEqual(await execution.invoke([bell(2)]), { failed: 1 });
    });
    assert.deepEqual(await files(), ['other a\n', 'old b\n']);
  });

  test('is no document for another task to be executed by', async () => {
    await halfWritten();
    await execution.database.pool.query(
      `insert into jr_work_queue (title, instruction_file) values ('by a file', '/ganuda/half/a.txt')`,
    );
    assert.partialDeepStrictEqual(await execution.invoke([bell(2)]), { interrupted: 1, failed: 0 });
    assert.match((await execution.task(2)).status_message ?? '', /^waits for task 1,/);
    await operations().cancelTask(1, ada, execution.now);
    await later(75, async () => {
      assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { put_back: 1 });
      assert.partialDeepStrictEqual(await execution.invoke([bell(2)]), { failed: 1 });
    });
    assert.match((await execution.task(2)).error_message ?? '', /^NO_STEPS/);
  });

  test('is left as it is where somebody changed it since, and the step says so', async () => {
    await halfWritten();
    await execution.put('half/a.txt', 'mine\n');
    await operations().cancelTask(1, ada, execution.now);
    await later(75, () => execution.invoke([bell(1)]));
    assert.deepEqual(await files(), ['mine\n', 'old b\n']);
    assert.match((await execution.task(1)).steps[0]?.error_detail ?? '', /^FILE_CHANGED: /);
  });
});

test('a journal that cannot be removed undoes nothing: the message comes again, and with it the broom', async () => {
  const forget = () => Promise.reject(new JrError('WORKSPACE_IO', 'The disk is away.'));
  const workspace = { ...execution.deps.workspace, forget };
  const document = submission(createDocument('swept.txt', 'x'));
  const summary = await execution.invoke([document], { workspace });
  assert.partialDeepStrictEqual(summary, { completed: 1, returned: [document.messageId] });
  const journal = readdirSync(execution.pathOf('.jr-work'), { recursive: true });
  assert.match(journal.join(), /^1,1\/task-1\.made-\w+-1$/);
  assert.partialDeepStrictEqual(await execution.invoke([document]), { claimed: 0, returned: [] });
  assert.ok(!existsSync(execution.pathOf('.jr-work')));
});
