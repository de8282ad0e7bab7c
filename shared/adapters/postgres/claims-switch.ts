import type pg from 'pg';
import { redact } from '../../domain/redact.ts';
import type { ClaimsState, ClaimsSwitch } from '../../ports/claims-switch.ts';
import { ledgerCall } from './pool.ts';

/** Postgres makes the JSON, so that times are what the command line prints. No row means that nobody ever paused. */
const readSql = `
select to_jsonb(c) as state from (
  select coalesce(value = 'true', false) as claims_paused, changed_by, reason, changed_at
  from (select 1) as one left join jr_control on name = 'claims_paused'
) c`;

/** Who pauses what a drain has paused for itself takes the pause over, so that the drain does not end it. */
const setSql = `
insert into jr_control (name, value, changed_by, reason, changed_at)
values ('claims_paused', to_jsonb($1::boolean), $2, $3, $4)
on conflict (name) do update
set value = excluded.value, changed_by = excluded.changed_by, reason = excluded.reason,
    changed_at = excluded.changed_at
where jr_control.value <> excluded.value or jr_control.changed_by ~ '^drain run \\d+$'`;

/** The switch in Postgres. */
export function postgresClaimsSwitch(pool: pg.Pool): ClaimsSwitch {
  const read = async () => {
    const { rows } = await pool.query<{ state: ClaimsState }>(readSql);
    // A left join of one row always has one row.
    return (rows[0] as { state: ClaimsState }).state;
  };
  return {
    read: () => ledgerCall('read whether claims are paused', read),
    set: (paused, { by, reason }, now) =>
      ledgerCall(paused ? 'pause claims' : 'resume claims', async () => {
        const { rowCount } = await pool.query(setSql, [
          paused,
          by,
          reason === null ? null : redact(reason),
          now,
        ]);
        return { changed: rowCount === 1, state: await read() };
      }),
  };
}
