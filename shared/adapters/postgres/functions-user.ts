import pg from 'pg';
import { sessionLimits } from './pool.ts';

interface Found {
  made: boolean;
  logs_in_by_iam: boolean | null;
  database: string;
  schema: string;
  tables: string[];
  sequences: string[];
}

/** `rds_iam` is what RDS wants whoever logs in by IAM to be a member of; on other servers there is none. */
const findSql = `
select exists (select from pg_roles where rolname = $1) as made,
  (select exists (select from pg_auth_members m join pg_roles u on u.oid = m.member
    where m.roleid = i.oid and u.rolname = $1) from pg_roles i where i.rolname = 'rds_iam') as logs_in_by_iam,
  quote_ident(current_database()) as database,
  quote_ident(current_schema()) as schema,
  array(select c.oid::regclass::text from pg_class c where c.relnamespace = current_schema()::regnamespace
    and c.relkind = 'r' and c.relname like 'jr\\_%' and c.relname <> 'jr_schema_migrations') as tables,
  array(select c.oid::regclass::text from pg_class c where c.relnamespace = current_schema()::regnamespace
    and c.relkind = 'S' and c.relname like 'jr\\_%') as sequences`;

/**
 * Makes the user that the functions log in as, unless it is there, and lets it at the rows of the ledger, which it may
 * read and write. It can change no table and not what is recorded of migrations. To be done after each migration, which may
 * have made a table. `client` is logged in as the owner of the tables.
 */
export async function makeFunctionsUser(client: pg.Client, name: string): Promise<void> {
  const user = pg.escapeIdentifier(name);
  const { rows } = await client.query<Found>(findSql, [name]);
  const [found] = rows;
  if (found === undefined) throw new Error('The ledger did not say what is in it.');
  const { made, logs_in_by_iam, database, schema, tables, sequences } = found;
  if (!made) await client.query(`create role ${user} login`);
  if (logs_in_by_iam === false) await client.query(`grant rds_iam to ${user}`);
  for (const right of [
    `connect on database ${database}`,
    `usage on schema ${schema}`,
    `select, insert, update, delete on ${tables}`,
    // To update one is to move it on, behind a row that was brought with an id of its own.
    `usage, update on sequence ${sequences}`,
    'select on jr_schema_migrations',
  ])
    await client.query(`grant ${right} to ${user}`);
}

/** What a proxy does not let a session ask for, the user of the functions gets from the start; null: who is logged in. */
export async function limitSessions(client: pg.PoolClient, name: string | null): Promise<void> {
  const user = name === null ? 'current_user' : pg.escapeIdentifier(name);
  const { rows } = await client.query<{ database: string }>('select current_database() as database');
  const database = pg.escapeIdentifier(rows[0]?.database ?? '');
  for (const [limit, ms] of Object.entries(sessionLimits))
    await client.query(`alter role ${user} in database ${database} set ${limit} = ${ms}`);
}
