-- A checkpoint stands for files that may be half-written: from the plan of an attempt to its end, or until they are put
-- back. `writable_until`: until then somebody may still be writing by it, and nobody else touches the files.
-- `rollbacks`: how often putting back was begun; each time it is waited longer for.
alter table jr_task_checkpoints
  add column writable_until timestamptz,
  add column rollbacks integer not null default 0
    constraint jr_task_checkpoints_rollbacks_not_negative check (rollbacks >= 0);

-- The one-time schedule that there is for the deadline of an entry; removed when it is answered before.
alter table jr_failed_tasks_dlq add column wake_up_at timestamptz;
create index jr_failed_tasks_dlq_with_wake_up on jr_failed_tasks_dlq (id) where wake_up_at is not null;
