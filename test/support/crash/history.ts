import type pg from 'pg';

/** Keeps every state that a task was committed in, so that a run can be judged by all of them and not by its end. */
const historySql = `
create table task_history (
  n bigint generated always as identity, task_id bigint, status text, epoch bigint, attempts int
);
create function keep_history() returns trigger language plpgsql as $$
begin
  insert into task_history (task_id, status, epoch, attempts)
  values (new.id, new.status, new.lease_epoch, new.attempt_count);
  return null;
end $$;
create trigger keep_history after insert or update on jr_work_queue for each row execute function keep_history();`;

export async function keepHistory(pool: pg.Pool): Promise<void> {
  await pool.query(historySql);
}
