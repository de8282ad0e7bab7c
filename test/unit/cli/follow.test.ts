import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awaitMessage, followTask } from '../../../cli/follow.ts';
import { followedLine } from '../../../cli/task-text.ts';
import type { TaskDetail } from '../../../shared/ports/ledger-view.ts';
import { failedTask } from '../../support/failed-task.ts';

const retried = { status: 'failed', entry_id: 3, next_retry_timestamp: '2026-03-01T12:02:10Z' } as const;
const waitsForItsParent = { status: 'blocked', entry_id: null, parent_task_id: 5 } as const;

/** Follows a task that is found in one of these states after another. */
async function follow(...states: Partial<TaskDetail>[]) {
  const found = states.map(state => ({ ...failedTask, ...state }));
  const getTask = async () => found.shift() ?? null;
  const lines: string[] = [];
  const last = await followTask({ getTask }, failedTask.id, task => lines.push(followedLine(task)));
  return { lines, last };
}

test('a task that failed is followed to its next try, and the line says when that is', async () => {
  const { lines, last } = await follow(retried, { status: 'completed', status_message: 'done' });
  assert.equal(last?.status, 'completed');
  assert.match(
    lines[0] ?? '',
    /failed {2}WORKSPACE_IO {2}It is tried again by itself at 2026-03-01 12:02:10Z$/,
  );
});

test('a second failure is told with the time of the try after it', async () => {
  const { lines } = await follow(retried, { ...retried, next_retry_timestamp: '2026-03-01T12:06:30Z' }, {});
  assert.match(lines[1] ?? '', /12:06:30Z$/);
});

test('a task that waits for its parent is followed until it is begun and ends', async () => {
  const { lines, last } = await follow(waitsForItsParent, { status: 'cancelled' });
  assert.equal(last?.status, 'cancelled');
  assert.match(lines[0] ?? '', /It goes on by itself when task 5 is completed$/);
});

test('what waits for a person is followed no longer', async () => {
  const { last } = await follow({ status: 'failed', entry_id: 3 }, { status: 'completed' });
  assert.equal(last?.status, 'failed');
  assert.equal((await follow({ status: 'blocked', entry_id: 3 }, {})).last?.status, 'blocked');
});

test('a message that is not taken in is asked about once, and then waited for or left', async () => {
  const fates = [null, null, null, { kind: 'task', taskId: 7 } as const];
  const view = { findByMessage: async () => fates.shift() ?? null };
  let asked = 0;
  const wait = (goesOn: boolean) =>
    awaitMessage(view, 'm', null, 0, () => {
      asked += 1;
      return goesOn;
    });
  assert.equal(await wait(false), null);
  assert.deepEqual(await wait(true), { kind: 'task', taskId: 7 });
  assert.equal(asked, 2);
});
