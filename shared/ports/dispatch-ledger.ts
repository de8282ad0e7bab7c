import type { Assignment, AvailableJr, UnassignedTask } from '../domain/assignment.ts';

/** What one go of assigning and dispatching may do. */
export interface ServiceRequest {
  readonly now: Date;
  /** A Jr that was last seen before is given nothing. */
  readonly seenSince: Date;
  /** Look for unassigned tasks, also when there were none the last time. */
  readonly lookForUnassigned: boolean;
  /** Unassigned tasks that are looked at, in order of service. */
  readonly assignAtMost: number;
  /** Bells that may be out at a time. */
  readonly window: number;
}

/** What one go did. */
export interface Service {
  readonly assigned: number;
  /** The tasks whose bells are to be rung now: the ledger says that they have been. */
  readonly dispatched: readonly number[];
}

/** Who and what there is to be assigned. */
export interface AssignmentView {
  /** Jrs in service that are online and were seen lately. */
  readonly online: number;
  /** Tasks that are due and have no Jr. */
  readonly unassigned: number;
  readonly oldestUnassignedAt: Date | null;
  /** When any Jr in service was seen last. */
  readonly lastSeenAt: Date | null;
}

/** The backlog in the ledger: who is given a task, and for whom a bell is rung (design section 5). */
export interface DispatchLedger {
  /**
   * Assigns tasks as `assign` says and picks those that are next in order of service, as far as the window and the
   * capacity of their Jrs allow. One transaction; those who come at the same moment take turns, so that a task is
   * assigned once and no Jr beyond its capacity. Dispatches nothing while claims are paused (invariant 12).
   */
  serve(
    request: ServiceRequest,
    assign: (tasks: readonly UnassignedTask[], jrs: readonly AvailableJr[]) => readonly Assignment[],
  ): Promise<Service>;

  /** Whether at most so many of the bells that were rung are out; those that are due later are not. */
  fewBellsOut(atMost: number, now: Date): Promise<boolean>;

  /**
   * Marks bells as lost, so that they are rung again: as many as the queue is short of (`queued`, what is in it), the
   * oldest first, none that was rung after `rungBefore`. And whatever is in it, which could hide them for ever: those that
   * an attempt has used up since, as of a task that SQL sets to waiting again; and those that were rung at `lostBefore` or
   * before and overtaken by a ping that has come back since: where nobody receives, or a long backlog lies before them,
   * none has, and rung again and again they would multiply. Answers how many.
   */
  takeBackLostBells(
    bells: { readonly queued: number; readonly rungBefore: Date; readonly lostBefore: Date },
    now: Date,
  ): Promise<number>;

  /** With Jrs online no more than `countAtMost` unassigned tasks are looked at; with none, all. */
  viewAssignment(seenSince: Date, now: Date, countAtMost: number): Promise<AssignmentView>;
}
