import type pg from 'pg';
import { nobodyGoesOn } from './half-written.ts';

const notPutBackSql = `
select w.id from jr_task_checkpoints k join jr_work_queue w on w.id = k.task_id
where k.rollbacks >= $1 and (k.writable_until is null or k.writable_until <= $2) and ${nobodyGoesOn}
order by w.id limit $3`;

/** The first tasks whose files were begun to be put back so often, with nobody at it now. */
export async function findNotPutBack(
  pool: pg.Pool,
  rollbacks: number,
  now: Date,
  limit: number,
): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>(notPutBackSql, [rollbacks, now, limit]);
  return rows.map(({ id }) => id);
}
