import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeTask } from '../../../cli/task-text.ts';
import type { TaskDetail } from '../../../shared/ports/ledger-view.ts';

const at = '2026-03-01T12:00:00+00:00';

/** A task whose disk was full while it wrote. */
const failed: TaskDetail = {
  id: 7,
  task_key: '0a0b0c0d-0000-4000-8000-0a0b0c0d0e0f',
  dedupe_key: null,
  title: 'Roof',
  status: 'failed',
  status_message: 'WORKSPACE_IO',
  progress_percent: 0,
  assigned_jr: null,
  priority: 5,
  sacred_fire_priority: 0,
  attempt_count: 1,
  error_message: 'WORKSPACE_IO: no space left.',
  created_at: at,
  started_at: at,
  completed_at: null,
  updated_at: at,
  not_before: null,
  instruction_file: null,
  parent_task_id: null,
  requires_council_approval: false,
  entry_id: 3,
  next_retry_timestamp: null,
  result: null,
  attempts: [],
  checkpoint: { last_completed_step: 0, total_steps: 1, rollbacks: 0, updated_at: at },
  steps: [],
};

describe('a task that failed', () => {
  test('and is tried again by itself says when, and that it goes on then', () => {
    const text = describeTask({ ...failed, next_retry_timestamp: '2026-03-01T12:02:10+00:00' });
    assert.match(text, /^It is tried again by itself at 2026-03-01 12:02:10Z: npx jr dlq show 3$/m);
    assert.match(text, /^checkpoint: planned, 0 of 1 steps were there already$/m);
  });

  test('and waits for a person says where that person looks, and what becomes of its files', () => {
    const text = describeTask(failed);
    assert.match(text, /^What becomes of it and what you can do: npx jr dlq show 3$/m);
    assert.match(text, /^checkpoint: its files may be half-written and are put back/m);
  });
});
