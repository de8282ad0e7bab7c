import type pg from 'pg';

const recordPingsSql = `
update jr_status set last_seen = $2, is_online = true where jr_name = any($1::text[]) returning jr_name`;

/** Notes that the road to these Jrs is open: their ping came back through SQS and Lambda. Answers those registered. */
export async function recordPings(
  pool: pg.Pool,
  jrNames: readonly string[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ jr_name: string }>(recordPingsSql, [[...new Set(jrNames)], now]);
  return new Set(rows.map(row => row.jr_name));
}
