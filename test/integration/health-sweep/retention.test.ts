import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forgetOldRows } from '../../../functions/health-sweep/forget-old-rows.ts';
import { createExecution, type Execution, healthOf } from '../../support/execution.ts';

let execution: Execution;
before(async () => {
  execution = await createExecution();
});
after(() => execution.close());

/** So many tasks of a status, begun and written last so long ago. */
async function tasks(count: number, status: string, daysAgo: number): Promise<void> {
  const at = new Date(execution.now.getTime() - daysAgo * 86_400_000);
  await execution.database.pool.query(
    `with tasks as (
       insert into jr_work_queue (title, status, attempt_count, lease_epoch, updated_at)
       select 'a task', $2, 1, 1, $3 from generate_series(1, $1::int) returning id
     )
     insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome)
     select id, 1, 1, $3, $3, 'failed' from tasks`,
    [count, status, at],
  );
}

test('attempts of tasks that ended long ago are forgotten, behind any number of those that are still open', async () => {
  await tasks(6_000, 'failed', 200);
  await tasks(1_500, 'completed', 200);
  await tasks(10, 'completed', 1);
  const forgotten = () => forgetOldRows(healthOf(execution), () => false);
  assert.partialDeepStrictEqual(await forgotten(), { attempts: 1_500 });
  assert.partialDeepStrictEqual(await forgotten(), { attempts: 0 });
  const { rows } = await execution.database.pool.query('select count(*) from jr_task_attempts');
  assert.deepEqual(rows, [{ count: 6_010 }]);
});
