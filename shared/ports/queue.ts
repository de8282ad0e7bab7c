import type { Bell } from '../domain/bell.ts';
import type { Ping } from '../domain/liveness.ts';

/** The task queue as the core needs it. */
export interface TaskQueue {
  /** Rings for tasks: one `task.run` message each; longer delays than SQS knows are cut. @throws {JrError} QUEUE_UNAVAILABLE */
  ring(bells: readonly Bell[]): Promise<void>;
  /** Sends one `jr.ping` each. @throws {JrError} QUEUE_UNAVAILABLE */
  ping(pings: readonly Ping[]): Promise<void>;
  /**
   * Sends one message body as it is and answers the message's id, which becomes the task's `task_key`.
   * @param traceparent W3C trace context of what sends it
   * @throws {JrError} QUEUE_UNAVAILABLE
   */
  send(body: string, traceparent?: string | null): Promise<string>;
}
