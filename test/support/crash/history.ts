import type pg from 'pg';

/** Keeps every state that a task was committed in, so that a run can be judged by all of them and not by its end. */
const historySql = `
create table task_history (
  n bigint generated always as identity, task_id bigint, status text, epoch bigint, attempts int
);
create function keep_history() returns trigger language plpgsql security definer as $$
begin
  insert into task_history (task_id, status, epoch, attempts)
  values (new.id, new.status, new.lease_epoch, new.attempt_count);
  return null;
end $$;
create trigger keep_history after insert or update on jr_work_queue for each row execute function keep_history();
grant select, delete on task_history to public;`;

export async function keepHistory(owner: pg.Pool): Promise<void> {
  await owner.query(historySql);
}
