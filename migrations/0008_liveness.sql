-- Whether a Jr is alive: it is asked by pings through the queue, and what becomes of one that stays silent is decided by
-- a circuit breaker (design section 7). All of it is read and written together with is_online and last_seen.
alter table jr_status
  -- When the oldest ping was sent that has not been answered: answered is what last_seen is not before.
  add column pinged_at           timestamptz,
  add column breaker_state       text not null default 'closed'
                                   constraint jr_status_breaker_known check (breaker_state in ('closed', 'open', 'half_open')),
  -- How often in a row it fell silent, or did not answer when it was tried again.
  add column breaker_failures    integer not null default 0
                                   constraint jr_status_failures_not_negative check (breaker_failures >= 0),
  add column breaker_opened_at   timestamptz,
  add column breaker_next_try_at timestamptz,
  add column breaker_closed_at   timestamptz;

create index jr_failed_tasks_dlq_closed on jr_failed_tasks_dlq (resolved_at)
  where resolution_status in ('resolved', 'abandoned');
-- What waits for people or for its parent, and what was cancelled: all that has stopped without being completed.
create index jr_work_queue_stopped on jr_work_queue (status, id) where status in ('failed', 'blocked', 'cancelled');
