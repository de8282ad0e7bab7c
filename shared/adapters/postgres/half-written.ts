/** Conditions on a task `w` and its checkpoint `k` that several statements share. */

/**
 * Nobody goes on with the task: it ended, or waits for a person. What its attempts left half-written has to be put back
 * (invariant 4).
 */
export const nobodyGoesOn = `(w.status = 'cancelled' or (w.status in ('failed', 'blocked')
      and exists (select 1 from jr_failed_tasks_dlq d
        where d.original_task_id = w.id and d.resolution_status = 'unresolved')))`;

/**
 * Whether somebody may still be writing the files of the task, though the task is in nobody's hands: an attempt that was
 * cancelled under way and has not noticed, or one that puts back. `now` is a parameter.
 */
export function beingWritten(now: string): string {
  return `exists (select 1 from jr_task_checkpoints k where k.task_id = w.id and k.writable_until > ${now})`;
}

/** The recorded steps of a task, null when there are none. `taskId` is a column. */
export function evidenceJson(taskId: string): string {
  return `(select jsonb_agg(jsonb_build_object('stepNumber', s.step_number, 'targetFile', s.target_file,
      'contentHash', encode(s.step_content_hash, 'hex'), 'beforeSha256', encode(s.before_sha256, 'hex'),
      'afterSha256', encode(s.after_sha256, 'hex')) order by s.step_number)
    from jr_step_rewards s where s.task_id = ${taskId})`;
}
