import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeTask } from '../../../cli/task-text.ts';
import { failedTask } from '../../support/failed-task.ts';

describe('a task that failed', () => {
  test('and is tried again by itself says when, and that it goes on then', () => {
    const text = describeTask({ ...failedTask, next_retry_timestamp: '2026-03-01T12:02:10+00:00' });
    assert.match(text, /^It is tried again by itself at 2026-03-01 12:02:10Z: npx jr dlq show 3$/m);
    assert.match(text, /^checkpoint: planned, 0 of 1 steps were there already$/m);
  });

  test('and waits for a person says where that person looks, and what becomes of its files', () => {
    const text = describeTask(failedTask);
    assert.match(text, /^What becomes of it and what you can do: npx jr dlq show 3$/m);
    assert.match(text, /^checkpoint: its files may be half-written and are put back/m);
  });
});
