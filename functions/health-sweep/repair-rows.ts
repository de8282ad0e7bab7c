import { repairKinds } from '../../shared/ports/health-ledger.ts';
import type { Part } from './part.ts';

/** Rows of one kind that one sweep mends: where there are more, somebody works on the table by SQL right now. */
const limit = 500;

/** Mends rows by which task, entry and attempt disagree (invariant 8), and says which. Counts them by kind. */
export const repairRows: Part = async ({ healthLedger, clock, log }, late) => {
  const repaired: Record<string, number> = {};
  for (const kind of repairKinds) {
    if (late()) break;
    const taskIds = await healthLedger.repair(kind, clock.now(), limit);
    repaired[kind] = taskIds.length;
    if (taskIds.length > 0) log.warn('health_sweep.repaired', { kind, task_ids: taskIds });
  }
  return repaired;
};
