/** The task queue as the core needs it. A doorbell carries no truth (invariant 2). */
export interface TaskQueue {
  /** Rings for tasks: one `task.run` message each. @throws {JrError} QUEUE_UNAVAILABLE */
  ring(taskIds: readonly number[]): Promise<void>;
  /**
   * Sends one message body as it is and answers the message's id, which becomes the task's `task_key`.
   * @throws {JrError} QUEUE_UNAVAILABLE
   */
  send(body: string): Promise<string>;
}
