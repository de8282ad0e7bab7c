import type { Overrides } from '../domain/drain-request.ts';
import type { CouncilVote, Previewed } from '../domain/intervention.ts';

/** What became of an approval. */
export type ApprovalResult =
  /** The task waits to be run again; these guards will let its plan through. None for a task approved as a whole. */
  | { readonly kind: 'approved'; readonly errorCodes: readonly string[] }
  /** Its votes decide, on this entry; null while it was inserted by SQL and no bell has found it yet. */
  | { readonly kind: 'for_council'; readonly entryId: number | null }
  /** There is nothing to approve: the task is in another state. */
  | { readonly kind: 'not_waiting'; readonly status: string }
  | { readonly kind: 'unknown' };

/** An entry by its own id, or the open one of a task by the task's. */
export type EntryRef = { readonly entryId: number } | { readonly taskId: number };

/** Who does something, and why. Both are recorded, without what looks like a credential (invariant 14). */
export interface Signature {
  readonly by: string;
  /** Null when nobody gave a reason. */
  readonly reason: string | null;
}

interface Done {
  readonly kind: 'done';
  readonly taskId: number;
  /** The entry that was closed; null for a task that had none. */
  readonly entryId: number | null;
  /** The caller rings the task's bell: it runs again, or what it left half-written is put back. */
  readonly ring: boolean;
}

/** Nothing was changed; the sentence says why, and what can be done instead. */
interface Refused {
  readonly kind: 'refused';
  readonly taskId: number;
  readonly message: string;
}

interface Unknown {
  readonly kind: 'unknown';
}

/** Whether something may be done now. */
export type PreviewResult = { readonly kind: 'possible'; readonly taskId: number } | Refused | Unknown;

export type InterventionResult = Done | Refused | Unknown;

export type RequeueResult =
  /** `blocked`: it was stopped by a guard and nobody has approved it, so the guard will stop it again. */
  (Done & { readonly blocked: boolean }) | Refused | Unknown;

export interface Ballot {
  readonly voter: string;
  readonly vote: CouncilVote;
  readonly reason: string;
}

export type VoteResult =
  /** Recorded; so many votes for the same stand now. */
  | { readonly kind: 'counted'; readonly taskId: number; readonly votes: number }
  /** This vote was the last that was needed, and what was decided has been done. */
  | {
      readonly kind: 'decided';
      readonly taskId: number;
      readonly voters: readonly string[];
      readonly ring: boolean;
    }
  | Refused
  | Unknown;

/**
 * What people do to tasks, as the command line needs it. Each is recorded with who and why, and changes task, entry and
 * attempt together or not at all (invariant 8).
 */
export interface Operations {
  /**
   * Allows what the guards stopped in a `blocked` task, exactly as it was when they stopped it, and puts the task back
   * among those that wait. The caller rings its bell. What was handed in for the Council only its votes let through.
   */
  approveTask(id: number, approvedBy: string, reason: string, now: Date): Promise<ApprovalResult>;

  /**
   * Puts a failed or blocked task back among those that wait, under a new epoch, and resolves its entry: what fails from
   * here begins at the foot of the ladder. The caller rings its bell.
   *
   * @param overrides what is changed of the task before; what it was before that is kept as a version
   */
  requeue(ref: EntryRef, signature: Signature, now: Date, overrides?: Overrides): Promise<RequeueResult>;

  /** Whether something might be done now; does nothing. */
  preview(intervention: Previewed, ref: EntryRef): Promise<PreviewResult>;

  /** A person has mended it by hand: resolves the entry. The task is cancelled, never completed (invariant 7). */
  resolve(ref: EntryRef, signature: Signature, now: Date): Promise<InterventionResult>;

  /** Nobody will mend it: abandons the entry and cancels the task. */
  abandon(ref: EntryRef, signature: Signature, now: Date): Promise<InterventionResult>;

  /** Cancels a task that has not ended; one that runs loses its lease, and its attempt writes nothing more. */
  cancelTask(id: number, signature: Signature, now: Date): Promise<InterventionResult>;

  /**
   * Casts or changes one vote of the Council on an open entry of level 3. The vote that reaches the quorum decides, once,
   * and what it decides is done with it: `retry` requeues, `abandon` abandons, `approve` approves. The caller rings the
   * bell when the answer says so.
   */
  vote(entryId: number, ballot: Ballot, quorum: number, now: Date): Promise<VoteResult>;

  /** Whether a vote may be cast now; casts none. */
  previewVote(entryId: number, vote: CouncilVote): Promise<PreviewResult>;
}
