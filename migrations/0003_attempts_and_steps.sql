-- One row for each claimed run of a task that has ended. What there is to say of one that runs stands on its task: its
-- number is attempt_count, its epoch lease_epoch, and it has not ended as long as the task has a lease, whatever its status.
-- Attempts, steps and checkpoints name their task without a foreign key, which would look for the task once more for every
-- row: a seventh of all that the server computes for a task. What writes them has locked the task in the same statement,
-- and they go with their task by the triggers below.
create table jr_task_attempts (
  task_id             bigint not null,
  attempt             integer not null,
  epoch               bigint not null,
  started_at          timestamptz not null,
  ended_at            timestamptz not null,
  outcome             text not null constraint jr_task_attempts_outcome_known
                        check (outcome = any ('{completed,failed,interrupted,crashed}')),
  error_code          text,
  error_message       text,
  function_request_id text,
  primary key (task_id, attempt)
);
-- An attempt that somebody has taken its task from by SQL. Always nearly empty.
create index jr_work_queue_unended on jr_work_queue (id) where lease_expires_at is not null and status <> 'in_progress';

-- Whoever sets a task back by SQL leaves its epoch alone: an attempt that was frozen would hold the task again, and what the
-- ledger has of a first attempt would be written a second time (invariant 3).
create function jr_epoch_only_grows() returns trigger language plpgsql as $$
begin
  raise exception 'lease_epoch of task % only ever grows: from % it cannot become %', old.id, old.lease_epoch, new.lease_epoch
    using errcode = 'check_violation', hint = 'Leave lease_epoch out. To have the task run again, set its status to pending.';
end
$$;
create trigger jr_work_queue_epoch_only_grows after update of lease_epoch on jr_work_queue
  for each row when (new.lease_epoch < old.lease_epoch) execute function jr_epoch_only_grows();

-- The intent log and the result of every step. The unit of writing is the file; a step's hashes are its place in
-- the file's chain. A hash is 32 bytes, which psql shows in hexadecimal; encode(after_sha256, 'hex') is what sha256sum says.
-- What has a fixed width stands first, so that nothing is padded, and what the end changes stands together: all before
-- and after it is left out of the WAL.
create table jr_step_rewards (
  task_id           bigint not null,
  created_at        timestamptz not null default now(),
  step_number       integer not null,
  execution_time_ms integer,
  updated_at        timestamptz not null default now(),
  execution_result  text not null default 'pending' constraint jr_step_rewards_result_known
                      check (execution_result = any ('{pending,success,failed,rolled_back}')),
  error_detail      text,
  step_type         text not null constraint jr_step_rewards_type_known check (step_type = any ('{create,search_replace}')),
  target_file       text not null,
  step_content_hash bytea not null,
  before_sha256     bytea,
  after_sha256      bytea,
  constraint jr_step_rewards_one_row_a_step primary key (task_id, step_number)
);

create table jr_task_checkpoints (
  task_id             bigint constraint jr_task_checkpoints_one_row_a_task primary key,
  last_completed_step integer not null default 0,
  total_steps         integer,
  checkpoint_data     jsonb,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now()
);

create function jr_forget_execution() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    truncate jr_task_attempts, jr_step_rewards, jr_task_checkpoints;
  else
    delete from jr_task_attempts a using gone where a.task_id = gone.id;
    delete from jr_step_rewards s using gone where s.task_id = gone.id;
    delete from jr_task_checkpoints k using gone where k.task_id = gone.id;
  end if;
  return null;
end
$$;

create trigger jr_work_queue_deleted after delete on jr_work_queue referencing old table as gone
  for each statement execute function jr_forget_execution();
create trigger jr_work_queue_truncated after truncate on jr_work_queue
  for each statement execute function jr_forget_execution();
