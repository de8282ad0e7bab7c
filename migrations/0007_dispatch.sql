-- Assignment and dispatch (design section 5): at most a window of bells is out, the backlog waits here in order of service.

-- A Jr that is taken out of service gets no tasks and begins none. Who was given a task last comes last among equals.
alter table jr_status
  add column in_service boolean not null default true,
  add column last_assigned_at timestamptz,
  -- What runs of this Jr was begun then or later; null: nobody knows. See jr_room.
  add column running_since timestamptz;

-- `dispatched_at` of a waiting task says that a bell is out for it. A submission's own message is its bell: it has
-- been dispatched at its creation and is begun by the very invocation that took it in.
drop index jr_work_queue_waiting;
drop index jr_work_queue_running;

-- What waits for a bell. `not_before` stands last, so that what is not due is passed over within the index.
create index jr_work_queue_unassigned on jr_work_queue
  (sacred_fire_priority desc, priority, created_at, id, coalesce(not_before, '-infinity'::timestamptz))
  where status in ('pending', 'assigned') and dispatched_at is null and assigned_jr is null;
-- `id > 0` is always true. Only who asks for all Jrs says so: for the tasks of one Jr the planner, whose statistics of
-- what waits are always old, would else walk through everybody's.
create index jr_work_queue_next on jr_work_queue
  (sacred_fire_priority desc, priority, created_at, id, coalesce(not_before, '-infinity'::timestamptz))
  where status in ('pending', 'assigned') and dispatched_at is null and assigned_jr is not null and id > 0;
create index jr_work_queue_next_of_jr on jr_work_queue
  (assigned_jr, sacred_fire_priority desc, priority, created_at, id, coalesce(not_before, '-infinity'::timestamptz))
  where status in ('pending', 'assigned') and dispatched_at is null and assigned_jr is not null;

-- The bells that are out. Those that were rung come together and are counted against the window; submissions, which
-- are gone as soon as they came, lie apart, so that a long transaction that keeps their dead entries costs no count.
create index jr_work_queue_out on jr_work_queue ((dispatched_at <> created_at), dispatched_at, id)
  where status in ('pending', 'assigned') and dispatched_at is not null;

-- What runs, by when it was begun. What somebody set to running by SQL has no lease and stands at the end.
create index jr_work_queue_running on jr_work_queue
  (assigned_jr, coalesce(case when lease_expires_at is not null then started_at end, 'infinity'::timestamptz))
  where status = 'in_progress';

-- What a Jr may run, how much of it runs, and when the first of that was begun. While a long transaction lasts anywhere,
-- what has ended stays in the index, thousands of entries before those that run: the count begins at running_since.
create function jr_running(of_jr text)
returns table (capacity integer, since timestamptz, running integer, oldest timestamptz) language sql stable as $$
  select case when j.in_service then j.max_concurrent else 0 end, coalesce(j.running_since, '-infinity'),
    tasks.running, tasks.oldest
  from jr_status j cross join lateral (
    select count(*)::integer as running, min(begun) as oldest from (
      select coalesce(case when lease_expires_at is not null then started_at end, 'infinity'::timestamptz) as begun
      from jr_work_queue where assigned_jr = j.jr_name and status = 'in_progress') t
    where begun >= coalesce(j.running_since, '-infinity')) tasks
  where j.jr_name = of_jr
$$;

-- How many tasks a Jr may begin at this moment, which is when they are said to have started. Waits for whoever else is
-- asking for the same Jr and counts only then: inside a volatile function each statement sees what was committed before
-- it, so that two claims at one moment never share the same room. The row and the lanes of jr_room_for stay locked until
-- the caller's transaction ends. A count that took long leaves behind where the next one may begin. That is never later
-- than the start of anything that runs, nor of what is begun now, whatever the clocks of those who ask.
create function jr_room(of_jr text, at timestamptz) returns integer language plpgsql volatile as $$
declare
  counting_since timestamptz;
  jr record;
begin
  perform from jr_status where jr_name = of_jr for no key update;
  perform pg_advisory_xact_lock(hashtextextended(of_jr, lane)) from generate_series(1, 4) as lane;
  counting_since := clock_timestamp();
  select capacity, since, running, least(at, oldest) as oldest into jr from jr_running(of_jr);
  if jr.oldest < jr.since or jr.oldest > jr.since and clock_timestamp() - counting_since > interval '0.1 ms' then
    update jr_status set running_since = jr.oldest where jr_name = of_jr;
  end if;
  return greatest(0, jr.capacity - jr.running);
end
$$;

-- The same for who wants to begin that many, and only whether they fit: as long as there is plenty of room, four may
-- claim for one Jr at the same time, each in a lane of its own. What the three others begin cannot be seen yet, and is
-- taken for as much as it may be: ten each. With less room, or who wants more, or where counting takes so long that it
-- should begin later, it is jr_room that answers; it waits until the lanes are empty. 0 where the room became less while
-- the lane was waited for: then jr_room has to be asked, in a transaction without a lane. Locks are taken Jr by Jr, and of
-- a Jr the row before the lanes: no deadlocks.
create function jr_room_for(of_jr text, at timestamptz, wanted bigint) returns integer language plpgsql volatile as $$
declare
  counting_since timestamptz := clock_timestamp();
  room integer;
begin
  select capacity - running - 30 into room from jr_running(of_jr) where at >= since;
  if wanted > 10 or room is null or room <= wanted or clock_timestamp() - counting_since > interval '1 ms' then
    return jr_room(of_jr, at);
  end if;
  perform pg_advisory_xact_lock(hashtextextended(of_jr, 1 + pg_backend_pid() % 4));
  select capacity - running - 30 into room from jr_running(of_jr) where at >= since;
  return case when room > wanted then room else 0 end;
end
$$;

-- Somebody gives what runs to another Jr by SQL, or has what ran run again, as no claim does without a new epoch: it may
-- have been begun before anything that its Jr counts from.
create function jr_count_anew() returns trigger language plpgsql as $$
begin
  update jr_status set running_since = null where jr_name = new.assigned_jr;
  return null;
end
$$;
create trigger jr_work_queue_given_away after update of assigned_jr, status on jr_work_queue
  for each row when (new.status = 'in_progress' and (new.assigned_jr is distinct from old.assigned_jr
    or old.status <> 'in_progress' and new.lease_epoch = old.lease_epoch))
  execute function jr_count_anew();

-- One row: its lock makes assigning and dispatching go one after another, and it tells a batch whether tasks were waiting
-- for bells (`backlog`) and for Jrs (`unassigned`) when that was last looked at. Hints that cost no search, which a long
-- transaction would make slow by the dead entries it keeps; the minute sweep looks for itself.
create table jr_dispatch (
  the_only   boolean primary key default true constraint jr_dispatch_one_row check (the_only),
  backlog    boolean not null default false,
  unassigned boolean not null default false
);
insert into jr_dispatch default values;
