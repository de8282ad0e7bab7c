import type { TaskDetail } from '../../shared/ports/ledger-view.ts';

const at = '2026-03-01T12:00:00+00:00';

/** A task that failed: its disk was full while it wrote. */
export const failedTask: TaskDetail = {
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
