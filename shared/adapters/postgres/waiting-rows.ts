/** What waits, in the three parts of which there are partial indexes. */
export const waitingParts = [
  'dispatched_at is null and assigned_jr is null',
  'dispatched_at is null and assigned_jr is not null',
  'dispatched_at is not null',
].map(part => `status in ('pending', 'assigned') and ${part}`);

/**
 * A query of these columns of every task that waits: the planner does not see that together the parts hold all, and
 * would read the whole table. `columns` may name what `jr_work_queue` has.
 */
export function everythingThatWaits(columns: string): string {
  return waitingParts
    .map(where => `select ${columns} from jr_work_queue where ${where}`)
    .join('\n    union all ');
}

/**
 * Those of the waiting tasks in the parameter `ids` whose rows nobody holds. A claim has the rows of Jrs by then, for
 * which whoever assigns a task waits while holding it: to wait for that task would be a deadlock. What waits for a Jr has
 * no bell, so that another is rung for it.
 */
export const nobodyHolds = (ids: string, where: string) => `(
    select w.id from jr_work_queue w
    where w.id = any(${ids}::bigint[]) and w.status in ('pending', 'assigned') and ${where}
    for update skip locked) free`;
