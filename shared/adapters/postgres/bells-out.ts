/**
 * Whether a bell that was rung is out for a task, by names of its columns alone. The submission's own message is none that was
 * rung, and what waits for a while has none until then: its bell lies in the queue, and others go on. `now` is a parameter;
 * bells of this very moment are marked a little later than it.
 */
export const bellIsOut = (now: string) => `status in ('pending', 'assigned') and dispatched_at is not null
    and dispatched_at <> created_at and dispatched_at <= ${now}::timestamptz + interval '1 second'`;
