import type { Level } from './ladder.ts';
import type { TaskStatus } from './task.ts';

/** What a person does to a task that failed, or to one that is no longer wanted. */
export type Intervention = 'requeue' | 'resolve' | 'abandon' | 'cancel';

/** What may be asked beforehand of any task. */
export type Previewed = Intervention | 'approve';

export const councilVotes = ['retry', 'abandon', 'approve'] as const;
/** What the Council can decide about an entry of level 3. */
export type CouncilVote = (typeof councilVotes)[number];

export const resolutionStatuses = ['unresolved', 'retrying', 'resolved', 'abandoned'] as const;
export type ResolutionStatus = (typeof resolutionStatuses)[number];

/** A task as far as it is asked whether something may be done to it. */
export interface TouchedTask {
  readonly id: number;
  readonly status: TaskStatus;
  /** It waits as a whole for the Council; no claim takes it before. */
  readonly requiresCouncilApproval: boolean;
}

export interface TouchedEntry {
  readonly id: number;
  readonly status: ResolutionStatus;
  readonly level: Level;
  readonly notes: string | null;
}

function isOpen({ status }: Pick<TouchedEntry, 'status'>): boolean {
  return status === 'unresolved' || status === 'retrying';
}

/**
 * Why something may not be done to a task, as a sentence that says what to do instead; null when it may.
 *
 * @param entry the one that was named, or the task's open one; null when there is none
 */
export function whyNot(
  intervention: Previewed,
  task: TouchedTask,
  entry: TouchedEntry | null,
): string | null {
  if (entry !== null && !isOpen(entry)) return closed(entry, task);
  switch (intervention) {
    case 'requeue':
      return whyNotRequeue(task);
    case 'approve':
      return whyNotApprove(task);
    case 'cancel':
      return hasEnded(task)
        ? `Task ${task.id} is ${task.status}: it has ended, there is nothing to cancel.`
        : null;
    case 'resolve':
    case 'abandon':
      return entry === null
        ? `Task ${task.id} is ${task.status} and has no open entry: there is nothing to ${intervention}.`
        : null;
  }
}

/** Why a vote cannot be cast; null when it can. What cannot be carried out is refused before anybody decides it. */
export function whyNoVote(vote: CouncilVote, task: TouchedTask, entry: TouchedEntry): string | null {
  if (!isOpen(entry)) return closed(entry, task);
  if (entry.status !== 'unresolved' || entry.level !== 3) {
    const first = task.status === 'blocked' ? 'Approve' : 'Replay';
    return `Entry ${entry.id} is at level ${entry.level}: the Council votes on what has been raised to level 3. ${first}, resolve or abandon it.`;
  }
  switch (vote) {
    case 'abandon':
      return null;
    case 'retry':
      return whyNotRequeue(task);
    case 'approve':
      return task.status === 'blocked'
        ? null
        : `Task ${task.id} is ${task.status} and waits for no approval: vote retry or abandon.`;
  }
}

function whyNotRequeue({ id, status, requiresCouncilApproval }: TouchedTask): string | null {
  switch (status) {
    case 'completed':
    case 'cancelled':
      // invariant 11
      return `Task ${id} is ${status}: what has ended is never run again. Hand its document in anew if it has to be.`;
    case 'pending':
    case 'assigned':
      return `Task ${id} is ${status}: it waits to be run already.`;
    case 'in_progress':
      return `Task ${id} is running: wait for its end, or cancel it.`;
    case 'failed':
    case 'blocked':
      return requiresCouncilApproval ? waitsForVotes(id) : null;
  }
}

function whyNotApprove({ id, status, requiresCouncilApproval }: TouchedTask): string | null {
  if (status !== 'blocked')
    return `Task ${id} is ${status} and waits for no approval: replay, resolve or abandon it.`;
  return requiresCouncilApproval ? waitsForVotes(id) : null;
}

/** What one person is told who would let run what only the votes of the Council do. */
export function waitsForVotes(taskId: number): string {
  return `Task ${taskId} waits for the approval of the Council and does not run before: it votes (npx jr dlq vote), or abandon it.`;
}

/** Whether a task has come to an end that nothing takes it back from (invariant 11). */
function hasEnded({ status }: TouchedTask): boolean {
  return status === 'completed' || status === 'cancelled';
}

function closed({ id, status, notes }: TouchedEntry, task: TouchedTask): string {
  const how = notes === null ? '' : ` (${notes})`;
  const newer = task.status === 'failed' || task.status === 'blocked' ? ', with a newer entry' : '';
  return `Entry ${id} is ${status} already${how}; task ${task.id} is ${task.status}${newer}.`;
}
