import type pg from 'pg';
import type { AlertNotice } from '../../domain/alert.ts';
import type { AlertLedger } from '../../ports/alert-ledger.ts';
import { ledgerCall } from './pool.ts';
import { toJson } from './to-json.ts';

/**
 * One statement. An alert whose end nobody was told of goes on where it was; one of which nobody was told at all begins
 * anew. `observed_at` keeps a sweep that looked earlier from undoing what a later one saw.
 */
const observeSql = `
with firing as (
  select distinct on (name) * from json_to_recordset($2::json)
    as f(name text, target text, summary text, evidence json, next_action text)
  order by name
), over as (
  update jr_alerts a set ended_at = $3, observed_at = $3
  where a.scope = $1 and a.ended_at is null and a.observed_at <= $3
    and not exists (select from firing f where f.name = a.name)
)
insert into jr_alerts as a (scope, name, target, summary, evidence, next_action, began_at, observed_at)
select $1, f.name, f.target, f.summary, f.evidence, f.next_action, $3, $3
from firing f
where not exists (select from jr_alerts e where e.scope = $1 and e.name = f.name and e.ended_at > $3)
on conflict (scope, name) where ended_at is null or told is distinct from 'over' do update
set target = excluded.target, summary = excluded.summary, evidence = excluded.evidence,
    next_action = excluded.next_action, ended_at = null, observed_at = $3,
    began_at = case when a.ended_at is not null and a.told is null then $3 else a.began_at end
where a.observed_at <= $3`;

const unpublishedSql = `
select id, scope, name, target, summary, evidence, next_action as "nextAction", began_at as "beganAt",
  ended_at as "endedAt", case when ended_at is null then 'begun' else 'over' end as change
from jr_alerts
where (ended_at is null and told is distinct from 'begun') or (ended_at is not null and told = 'begun')
order by coalesce(ended_at, began_at), id limit $1`;

/** Whoever is told that it is over and was told so before is told nothing new: such a row stays closed. */
const markPublishedSql = `
update jr_alerts set told = $2, told_at = $3
where id = $1 and (ended_at is null or told is distinct from 'over')`;

/** Alerts in Postgres. */
export function postgresAlertLedger(pool: pg.Pool): AlertLedger {
  return {
    observe: (scope, firing, now) =>
      ledgerCall('note alerts', async () => {
        const rows = firing.map(({ nextAction, ...alert }) => ({ ...alert, next_action: nextAction }));
        await pool.query(observeSql, [scope, toJson(rows), now]);
      }),
    unpublishedAlerts: limit =>
      ledgerCall('read alerts', async () => {
        const { rows } = await pool.query<AlertNotice>(unpublishedSql, [limit]);
        return rows;
      }),
    markPublished: ({ id, change }, now) =>
      ledgerCall('note an alert', async () => {
        await pool.query(markPublishedSql, [id, change, now]);
      }),
  };
}
