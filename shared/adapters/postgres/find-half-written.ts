import type pg from 'pg';

const findHalfWrittenSql = `
select w.id from jr_work_queue w join jr_task_checkpoints k on k.task_id = w.id
where w.id = any($1::bigint[]) and w.status <> 'completed'
order by w.id`;

/** Those of the tasks that have begun to write and neither ended it nor had it put back. */
export async function findHalfWritten(pool: pg.Pool, taskIds: readonly number[]): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(findHalfWrittenSql, [taskIds]);
  return rows.map(({ id }) => id);
}
