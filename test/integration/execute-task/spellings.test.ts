import assert from 'node:assert/strict';
import disk, { readFileSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Summary } from '../../../functions/execute-task/summary.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { bell, editDocument, submission } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

let execution: Execution;
before(async () => {
  execution = await createExecution();
  await execution.put('real/a.txt', '');
  await symlink('real', execution.pathOf('same'));
});
after(() => execution.close());
beforeEach(async () => {
  await execution.database.owner.query('truncate jr_work_queue restart identity cascade');
  await execution.put('real/a.txt', 'old one\nold two\n');
  await execution.put('real/b.txt', 'old b\n');
});

describe('a file that two tasks name differently, since a folder is a link', () => {
  test('is written by one after the other: neither takes back what the other did', async t => {
    const { rename } = disk;
    let other: Promise<Summary> | undefined;
    let ended = false;
    const waits = async () => {
      const { rows } = await execution.database.pool.query(
        `select from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      );
      return ended || rows.length > 0;
    };
    // The other comes when the first has looked at the file and is about to put its own into place.
    const late: typeof rename = Object.assign(
      (...[from, to, callback]: Parameters<typeof rename>) => {
        if (other !== undefined) return rename(from, to, callback);
        other = execution
          .invoke([submission(editDocument('same/a.txt', 'old two', 'new two'))])
          .finally(() => {
            ended = true;
          });
        until(waits).then(() => rename(from, to, callback), callback);
      },
      { __promisify__: rename.__promisify__ },
    );
    t.mock.method(disk, 'rename', late);
    syncBuiltinESMExports();
    try {
      const first = await execution.invoke([submission(editDocument('real/a.txt', 'old one', 'new one'))]);
      assert.partialDeepStrictEqual(first, { completed: 1 });
      assert.partialDeepStrictEqual(await other, { completed: 1 });
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
    assert.equal(await execution.read('real/a.txt'), 'new one\nnew two\n');
  });

  test('is half-written under each of its names, and put back under each', async () => {
    const { workspace, clock } = execution.deps;
    const dies = submission(
      `${editDocument('same/a.txt', 'old one', 'new one')}\n${editDocument('same/b.txt', 'old b', 'new b')}`,
    );
    await execution.invoke([dies], {
      workspace: {
        ...workspace,
        write: writes =>
          workspace.write(
            writes.map(write => ({
              ...write,
              mayWrite() {
                if (readFileSync(execution.pathOf('real/a.txt'), 'utf8').startsWith('new'))
                  throw new JrError('LEASE_LOST', 'stands for a kill here');
              },
            })),
          ),
      },
    });
    const builds = submission(editDocument('real/a.txt', 'new one', 'newer one'));
    assert.partialDeepStrictEqual(await execution.invoke([builds]), { interrupted: 1 });
    assert.match((await execution.task(2)).status_message ?? '', /^waits for task 1,/);
    const signature = { by: 'ada', reason: 'over' };
    await postgresOperations(execution.database.pool).cancelTask(1, signature, clock.now());
    execution.now = new Date(execution.now.getTime() + 120_000);
    assert.partialDeepStrictEqual(await execution.invoke([bell(1)]), { put_back: 1 });
    assert.equal(await execution.read('real/a.txt'), 'old one\nold two\n');
  });
});
