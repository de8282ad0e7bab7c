/** What became of an approval. */
export type ApprovalResult =
  /** The task waits to be run again; these guards will let its plan through. None for a task approved as a whole. */
  | { readonly kind: 'approved'; readonly errorCodes: readonly string[] }
  /** There is nothing to approve: the task is in another state. */
  | { readonly kind: 'not_waiting'; readonly status: string }
  | { readonly kind: 'unknown' };

/** What people do to tasks, as the command line needs it. Each is recorded with who and why. */
export interface Operations {
  /**
   * Allows what the guards stopped in a `blocked` task, exactly as it was when they stopped it, and puts the task back
   * among those that wait. The caller rings its bell.
   */
  approveTask(id: number, approvedBy: string, reason: string, now: Date): Promise<ApprovalResult>;
}
