import type pg from 'pg';

/** Over a partial index: what is open, never what has been. */
const countOpenLevelsSql = `
select l.level, count(d.id)::int as n
from generate_series(0, 3) as l(level)
left join jr_failed_tasks_dlq d
  on d.escalation_level = l.level and d.resolution_status in ('unresolved', 'retrying')
group by l.level order by l.level`;

/** How many entries are open at each level of the ladder, from 0 to 3. */
export async function countOpenLevels(pool: pg.Pool): Promise<number[]> {
  const { rows } = await pool.query<{ n: number }>(countOpenLevelsSql);
  return rows.map(({ n }) => n);
}
