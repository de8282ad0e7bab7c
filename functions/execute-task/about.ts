import type { ClaimedTask } from '../../shared/ports/ledger.ts';

/** What every log line about an attempt carries; `task_key` is the correlation id. */
export function about({ lease, taskKey }: Pick<ClaimedTask, 'lease' | 'taskKey'>) {
  return { task_id: lease.taskId, task_key: taskKey, attempt: lease.attempt, epoch: lease.epoch };
}
