/** One-time bells beyond what SQS delays know: EventBridge Scheduler. A lost or doubled one changes timing only. */
export interface Scheduler {
  /** Rings for a task at a time, in place of an earlier such bell of the same task. Removes itself when it has rung. */
  ringAt(taskId: number, at: Date): Promise<void>;
  /** Takes the bell of a task away; none is fine. */
  remove(taskId: number): Promise<void>;
}
