import type { Alert } from '../../shared/domain/alert.ts';
import type { Part } from './part.ts';

/** Putting back was begun so often, over a quarter of an hour, and has not succeeded: it will not by itself. */
const tries = 4;

const most = 20;

/**
 * Tells people of files that an attempt left half-written and that cannot be put back: other tasks that need them wait, at
 * no cost and without an entry, and so does a cancelled one that left them.
 */
export const watchHalfWritten: Part = async ({ healthLedger, alertLedger, clock }) => {
  const now = clock.now();
  const taskIds = await healthLedger.notPutBack(tries, now, most);
  await alertLedger.observe('half-written', notPutBack(taskIds), now);
  return { not_put_back: taskIds.length };
};

function notPutBack(taskIds: readonly number[]): Alert[] {
  const [first] = taskIds;
  if (first === undefined) return [];
  return [
    {
      name: 'not-put-back',
      target: 'operations',
      summary: `What task ${first} left half-written cannot be put back, and what needs its files waits. The log of execute-task says why (rollback.failed).`,
      evidence: { task_ids: taskIds },
      nextAction: `npx jr status ${first}`,
    },
  ];
}
