/**
 * Whether task `w` may not be begun because of its parent: it waits until the parent is completed. When the parent was
 * cancelled, or waits for this task in turn, a person is asked, and what that person lets go on is not asked about again.
 */
export const waitsForParent = `exists (select 1 from jr_work_queue p
      where p.id = w.parent_task_id and p.status <> 'completed'
        and not exists (select 1 from jr_failed_tasks_dlq d
          where d.original_task_id = w.id and (d.error_code = 'PARENT_CIRCLE'
            or (d.error_code = 'PARENT_CANCELLED' and p.status = 'cancelled'))))`;

/** What puts a task aside until its parent is completed; without an entry, for nobody has to do anything. $2 is now. */
export const setAsideForParent = `
      status = 'blocked', status_message = format('waits for task %s, its parent', w.parent_task_id), updated_at = $2`;

/** Whether nobody is asked about blocked task `w`. */
export const hasNoOpenEntry = `not exists (select 1 from jr_failed_tasks_dlq d
      where d.original_task_id = w.id and d.resolution_status in ('unresolved', 'retrying'))`;

/** What has a task whose parent is completed wait for its turn. $2 is now. */
export const goOnAfterParent = `
      status = case when w.assigned_jr is null then 'pending' else 'assigned' end, dispatched_at = null,
      status_message = format('task %s, its parent, is completed', w.parent_task_id), updated_at = $2`;
