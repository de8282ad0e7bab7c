/** What arrives on the task queue, after validation (design section 10). Times are Dates, names camelCase. */

/**
 * In bytes. A queue message holds 1 MiB, but what it carries is copied into the ledger and read into memory; a larger
 * document belongs into the workspace.
 */
export const maxContentBytes = 512 * 1024;

/** A task to be taken in. Null where the sender said nothing and the ledger's default holds. */
export interface Submission {
  readonly dedupeKey: string | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly instructionFile: string | null;
  readonly instructionContent: string | null;
  readonly assignedJr: string | null;
  readonly useRlm: boolean | null;
  readonly priority: number | null;
  readonly sacredFirePriority: number | null;
  readonly parameters: Readonly<Record<string, unknown>> | null;
  readonly tags: readonly string[] | null;
  readonly requiresCouncilApproval: boolean | null;
  readonly parentTaskId: number | null;
  readonly source: string | null;
  readonly createdBy: string | null;
  readonly notBefore: Date | null;
}

/** A message of the queue as the event source delivers it. */
export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  /** When it was put on the queue; left out where that is not known. */
  readonly sentAt?: Date;
  /** W3C trace context of what it causes; null or left out when nothing is traced. */
  readonly traceparent?: string | null;
}

export type Decoded =
  | { readonly kind: 'submit'; readonly submission: Submission }
  | { readonly kind: 'run'; readonly taskId: number }
  | { readonly kind: 'ping'; readonly jrName: string; readonly sentAt: Date }
  /** `reason` is a sentence that names the field. */
  | { readonly kind: 'rejected'; readonly reason: string };
