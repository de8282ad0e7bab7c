import type { Arrival, EntryState, Level, OpenEntry } from '../domain/ladder.ts';
import type { Submission } from '../domain/message.ts';
import type { Approval, AttemptEnd, Lease } from '../domain/task.ts';
import type { StepEvidence } from '../edit/types.ts';
import type { Restored } from './workspace.ts';

export type { StepEvidence };

/** A submission with the id of the message that brought it, which becomes the task's correlation id. */
export interface IncomingSubmission {
  readonly messageId: string;
  readonly body: string;
  readonly submission: Submission;
}

/** A message that cannot be a task, with a sentence that names the field. */
export interface Rejection {
  readonly messageId: string;
  readonly body: string;
  readonly reason: string;
}

export interface Intake {
  readonly submissions: readonly IncomingSubmission[];
  readonly rejections: readonly Rejection[];
  /** Bells that may be out: a submission is its own bell while there are fewer, and waits in the ledger otherwise. */
  readonly window: number;
}

/** What became of a batch: the task of each accepted message (one made before, for a duplicate), and the rest. */
export interface IntakeResult {
  readonly taskIds: ReadonlyMap<string, number>;
  /** Those of the tasks that wait in the ledger until a bell is rung for them. */
  readonly held: ReadonlySet<number>;
  readonly rejected: readonly Rejection[];
}

export interface Claims {
  /** In order of service. */
  readonly tasks: readonly ClaimedTask[];
  /** Those of the asked that somebody else has in hand; `leaseExpiresAt` is when to look again. */
  readonly busy: readonly { readonly taskId: number; readonly leaseExpiresAt: Date }[];
  /** Those of the asked whose attempts have ended without a word too often: to be given to a person. */
  readonly poison: readonly number[];
  /** Those that could run but not beside one whose last attempt crashed: to be rung again. */
  readonly deferred: readonly number[];
  /** Retries whose Jr has no room: to be rung again after a while. */
  readonly crowded: readonly number[];
  /** Other tasks wait for a bell, or may do so by the time these are done, since a Jr has no room any more. */
  readonly backlog: boolean;
  /** Those whose files may be half-written and that nobody goes on with: handed out to be put back. */
  readonly torn: readonly TornTask[];
  /** Those that were completed: all that may be left of them is the journal of the attempt that did it. */
  readonly completed: readonly Pick<Lease, 'taskId' | 'epoch'>[];
  /** Those that the ledger does not know: somebody rang for a task that there is not, or is no more. */
  readonly unknown: readonly number[];
}

/** A task that ended or waits for a person, and what its attempts were writing when they died (invariant 4). */
export interface TornTask {
  /** The right to put back, and to do nothing else. */
  readonly lease: Lease;
  /** It has crashed too often and is yet to be given to a person. */
  readonly poison: boolean;
  readonly evidence: readonly StepEvidence[];
}

export interface ClaimRequest {
  readonly taskIds: readonly number[];
  readonly now: Date;
  /** Entries made then or before do not fire by themselves (invariant 10). */
  readonly oldestEntry: Date;
  /** A task whose last attempt would be this many crashes is not run again but answered as `poison`. */
  readonly maxCrashes: number;
  readonly leaseUntil: Date;
  readonly functionRequestId: string;
}

/** A task that this process has the right to run until `lease.expiresAt`. */
export interface ClaimedTask {
  readonly lease: Lease;
  readonly taskKey: string;
  readonly title: string;
  readonly instructionFile: string | null;
  readonly instructionContent: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** What earlier attempts recorded of their plans; empty on a first attempt. */
  readonly evidence: readonly StepEvidence[];
  /** The open entry of a task that has failed before. */
  readonly entry: OpenEntry | null;
  /** What a person has allowed since; empty on a first attempt. */
  readonly approvals: readonly Approval[];
}

/** One row of `jr_step_rewards`. */
export interface StepRecord {
  readonly stepNumber: number;
  readonly stepType: 'create' | 'search_replace';
  readonly targetFile: string;
  readonly contentHash: string;
  readonly beforeSha256: string | null;
  readonly afterSha256: string | null;
  readonly executionResult: 'pending' | 'success' | 'failed' | 'rolled_back';
  readonly executionTimeMs: number | null;
  readonly errorDetail: string | null;
}

export interface RecordedPlan {
  readonly lease: Lease;
  readonly steps: readonly StepRecord[];
  /** What the ledger has of the task's steps before this: nothing. Left out, it may be anything. */
  readonly recorded?: 'nothing';
}

/** The end of one attempt: task, attempt and steps are written together. */
export interface Settlement {
  readonly lease: Lease;
  readonly end: AttemptEnd;
  readonly steps: readonly StepRecord[];
  /**
   * Nothing is half-written: it is all there, or none of it. Then no later attempt needs a checkpoint. Left out, that is
   * so when it was completed.
   */
  readonly filesWhole?: boolean;
  /**
   * What the ledger has of the task's steps before this: nothing, neither steps nor a checkpoint; or this plan, recorded
   * by this attempt. Left out, it may be anything.
   */
  readonly recorded?: 'nothing' | 'this plan';
}

/** What was made of messages that came down the crash road. */
export interface Arrivals {
  readonly recorded: readonly { readonly taskId: number; readonly entry: EntryState }[];
  readonly busy: Claims['busy'];
  readonly completed: readonly number[];
}

/** What came down the crash road together. */
export interface ArrivalRequest {
  readonly taskIds: readonly number[];
  /** The level of the queue it came from; 0 for the task queue itself. */
  readonly queueLevel: Level;
  readonly maxRetries: number;
  readonly now: Date;
}

/**
 * What a task is about to write, each path relative to the workspace and without a link in it: tasks may name one file
 * differently.
 */
export interface LeasedWrite {
  readonly lease: Lease;
  readonly paths: readonly string[];
}

/** Inside the short transaction that holds tasks' rows and their files' locks. */
export interface WriteTransaction {
  /** The tasks whose row and locks it has. */
  readonly held: ReadonlySet<number>;
  /** Ends attempts of tasks that are held. */
  settle(settlements: readonly Settlement[], now: Date): Promise<void>;
}

/** The ledger as execute-task needs it. Every method throws JrError LEDGER_UNAVAILABLE when Postgres is away. */
export interface Ledger {
  /** Takes in a whole batch in one statement; a second delivery of a message finds what the first made. */
  takeIn(intake: Intake, now: Date): Promise<IntakeResult>;

  /** Notes the Jrs whose ping arrived as seen and online. Answers those that are registered. */
  recordPings(jrNames: readonly string[], now: Date): Promise<ReadonlySet<string>>;

  /**
   * Claims those of the tasks that may run now, in one statement, in order of service: waiting ones and ones whose
   * lease ran out (whose attempt is closed as `crashed`). Nothing while claims are paused (invariant 12), and never
   * a completed or cancelled task (invariant 11). Of the tasks of a Jr no more than it has room for, also when several
   * claim at once; the bell of a waiting task that may not run now is used up and the task waits for another.
   */
  claimTasks(request: ClaimRequest): Promise<Claims>;

  /**
   * The intent log: records the plans of a batch in one fenced statement. Answers the ids still held; one whose row
   * somebody keeps locked is none of them.
   */
  recordPlans(plans: readonly RecordedPlan[], now: Date): Promise<ReadonlySet<number>>;

  /**
   * Runs `work` in a transaction that holds the locks of the paths and the tasks' rows, so that no other attempt can write
   * these files or take the tasks over meanwhile. Commits when `work` returns. For one task it waits for the locks. Of
   * several it holds those that are free and still ours at this moment: none is kept waiting for what another needs, and
   * who was left out is written by itself.
   * @throws {JrError} of a single task LEASE_LOST when its epoch has moved on or its lease has run out, FILE_BUSY when
   *   somebody kept the locks for too long; nothing was done then. FILE_BUSY also from `settle`, when somebody keeps an entry
   *   or a child locked
   */
  writeUnderLease(
    writes: readonly LeasedWrite[],
    now: Date,
    work: (transaction: WriteTransaction) => Promise<void>,
  ): Promise<void>;

  /** Those of the tasks that have begun to write and neither ended it nor had it put back. */
  findHalfWritten(taskIds: readonly number[]): Promise<readonly number[]>;

  /**
   * Runs `work`, which puts files back, in a transaction that holds the locks of `paths` and the task's row; records what
   * became of them, and that nothing is half-written any more. Only for tasks that a claim handed out as `torn`.
   * @throws {JrError} LEASE_LOST when somebody else has the task by now; nothing was done then
   */
  rollBack(lease: Lease, paths: readonly string[], now: Date, work: () => Promise<Restored>): Promise<void>;

  /**
   * Records what came down the crash road: the open attempts of those whose lease has run out are closed as crashed,
   * each task that crashed, or waits and may run, becomes failed, and its entry is what `decide` says (invariant 8). Tasks
   * that are terminal or failed already are left alone, and so are those that run under a living lease. What waits for its
   * time, its parent or the Council is `busy`: who claims it sets it aside.
   */
  recordArrivals(request: ArrivalRequest, decide: (arrival: Arrival) => EntryState): Promise<Arrivals>;

  /**
   * Ends attempts in one fenced statement. Answers the ids that were still held; the others changed nothing. One whose row
   * somebody keeps locked is none of them: its lease runs out.
   */
  settle(settlements: readonly Settlement[], now: Date): Promise<ReadonlySet<number>>;
}
