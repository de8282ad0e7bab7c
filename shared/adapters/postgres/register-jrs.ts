import type pg from 'pg';
import type { JrRegistry, JrSettings, JrView } from '../../ports/jr-registry.ts';
import { ledgerCall } from './pool.ts';
import { everythingThatWaits } from './waiting-rows.ts';

/** Postgres makes the JSON, so that times are what the command line prints. */
const listSql = `
select to_jsonb(j) as jr from (
  select s.jr_name, s.jr_role, s.specialties, s.in_service, s.is_online, s.last_seen, coalesce(t.running, 0) as running,
    s.max_concurrent, coalesce(t.waiting, 0) as waiting, s.breaker_state, s.breaker_failures, s.breaker_next_try_at,
    s.restart_count, s.last_restart_at
  from jr_status s left join (
    select assigned_jr, count(*) filter (where status = 'in_progress') as running,
      count(*) filter (where status <> 'in_progress') as waiting
    from (select assigned_jr, status from jr_work_queue where status = 'in_progress'
    union all ${everythingThatWaits('assigned_jr, status')}) open
    group by assigned_jr
  ) t on t.assigned_jr = s.jr_name
) j order by j.jr_name`;

const addSql = `
insert into jr_status (jr_name, jr_role, specialties, max_concurrent)
values ($1, $2, coalesce($3::text[], '{}'), coalesce($4::int, 10))
on conflict do nothing`;

const changeSql = `
update jr_status
set jr_role = coalesce($2, jr_role), specialties = coalesce($3::text[], specialties),
    max_concurrent = coalesce($4::int, max_concurrent)
where jr_name = $1`;

/** Who is back in service is asked anew, and is online with the first answer. */
const setInServiceSql = `
with changed as (
  update jr_status
  set in_service = $2, is_online = false, pinged_at = null, breaker_state = 'closed', breaker_failures = 0,
      breaker_next_try_at = null
  where jr_name = $1 and in_service <> $2
  returning jr_name
)
select exists (select 1 from changed) as changed, exists (select 1 from jr_status where jr_name = $1) as known`;

const reviveSql = `
with tried as (
  update jr_status
  set breaker_state = 'half_open', breaker_failures = 0, breaker_opened_at = $2, breaker_next_try_at = null,
      pinged_at = null, restart_count = restart_count + 1, last_restart_at = $2
  where jr_name = $1 and in_service and breaker_state <> 'closed'
  returning jr_name
)
select exists (select 1 from tried) as tried, in_service from jr_status where jr_name = $1`;

/** The registered Jrs in Postgres. */
export function postgresJrRegistry(pool: pg.Pool): JrRegistry {
  const write = async (sql: string, name: string, { role, specialties, capacity }: JrSettings) => {
    const { rowCount } = await pool.query(sql, [name, role, specialties, capacity]);
    return rowCount === 1;
  };
  return {
    list: () =>
      ledgerCall('list the Jrs', async () => {
        const { rows } = await pool.query<{ jr: JrView }>(listSql);
        return rows.map(({ jr }) => jr);
      }),
    add: (name, settings) => ledgerCall('register a Jr', () => write(addSql, name, settings)),
    change: (name, settings) => ledgerCall('change a Jr', () => write(changeSql, name, settings)),
    setInService: (name, inService) =>
      ledgerCall('take a Jr out of service or back', async () => {
        const { rows } = await pool.query<{ changed: boolean; known: boolean }>(setInServiceSql, [
          name,
          inService,
        ]);
        if (rows[0]?.changed) return 'changed';
        return rows[0]?.known ? 'already' : 'unknown';
      }),
    revive: (name, now) =>
      ledgerCall('revive a Jr', async () => {
        const { rows } = await pool.query<{ tried: boolean; in_service: boolean }>(reviveSql, [name, now]);
        const [row] = rows;
        if (row === undefined) return 'unknown';
        if (!row.in_service) return 'out_of_service';
        return row.tried ? 'tried' : 'not_silent';
      }),
  };
}
