/** The checkpoint table that users of a queue library write by hand, and the inserts into it. */
export const checkpointTable = `
create table if not exists checkpoint (
  job_id text not null,
  step_number int not null,
  content_hash text not null,
  recorded_at timestamptz not null,
  primary key (job_id, step_number)
)`;

/** All checkpoints of some jobs in one statement. Values: job ids, step numbers, time, hash. */
export const insertCheckpoints = `
insert into checkpoint (job_id, step_number, content_hash, recorded_at)
select job_id, step_number, $4, $3 from unnest($1::text[]) as job_id, unnest($2::int[]) as step_number
on conflict do nothing`;

export const contentHash = 'a'.repeat(64);
