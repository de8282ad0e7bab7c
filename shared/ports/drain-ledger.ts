import type { CategoryCount } from '../domain/category.ts';
import type { DrainFacts, DrainSettings, EntrySelection } from '../domain/drain.ts';
import type { DrainReport, Verification } from '../domain/drain-report.ts';
import type { ErrorClass } from '../domain/failure.ts';
import type { Approval } from '../domain/task.ts';
import type { StepEvidence } from './ledger.ts';
import type { ExportProgress } from './ledger-export.ts';

/** The right to drive one run: the epoch fences every write of it, the time what is written elsewhere (invariant 3). */
export interface RunLease {
  readonly runId: number;
  readonly epoch: number;
  readonly expiresAt: Date;
}

/** An export is a run like the others: one of all is under way at a time, and it goes on and is stopped as they are. */
export type RunAction = 'drain' | 'retry' | 'export';

/** What a run is to do, and for whom. */
export interface RunRequest {
  readonly action: RunAction;
  readonly selection: EntrySelection;
  readonly settings: DrainSettings;
  readonly operator: string;
  readonly reason: string;
}

/** A run that somebody drives now. */
export interface HeldRun {
  readonly lease: RunLease;
  readonly action: RunAction;
  readonly selection: EntrySelection;
  readonly operator: string;
  readonly reason: string;
  readonly createdAt: Date;
  /** How far an export has come; null before its first page, and for what is none. */
  readonly exported: ExportProgress | null;
}

/** Which entries a run may take. */
export interface Candidates {
  readonly selection: EntrySelection;
  readonly classes: readonly ErrorClass[];
  readonly maxReplays: number;
  /** What ages count from. */
  readonly asOf: Date;
}

/** An entry with what is needed to plan its task against the files of today. */
export interface PlannableEntry {
  readonly entryId: number;
  readonly taskId: number;
  readonly title: string;
  readonly errorClass: ErrorClass | null;
  readonly instructionFile: string | null;
  readonly instructionContent: string | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly evidence: readonly StepEvidence[];
  readonly approvals: readonly Approval[];
}

/** What is done with one entry of a batch. `outcome` says why it is left alone. */
export type Verdict =
  | { readonly entryId: number; readonly retry: true }
  | { readonly entryId: number; readonly retry: false; readonly outcome: string };

/**
 * The ledger as a drain needs it. What takes a lease throws LEASE_LOST when somebody else drives the run by now, and has
 * changed nothing then.
 */
export interface DrainLedger {
  /** Makes a run, unless one is under way: then that one is answered (two never work at a time). */
  start(request: RunRequest, now: Date): Promise<{ readonly id: number; readonly started: boolean }>;
  /** Takes the right to drive a run that nobody drives; `id` null for the one that is under way. */
  acquire(id: number | null, now: Date, until: Date): Promise<HeldRun | null>;
  /** Gives it back: whoever continues may begin at once. */
  release(lease: RunLease): Promise<void>;
  /** Runs that are under way and that nobody has driven since `before`. */
  abandonedRuns(before: Date): Promise<number[]>;
  /** Runs that were to be looked at again before that time, and were not. */
  unlookedRuns(before: Date): Promise<number[]>;

  /** Notes the tasks of the last batch that have ended, and answers where the run stands. */
  look(lease: RunLease, now: Date): Promise<DrainFacts>;
  /** Pauses claims where they run, and keeps how they were. */
  pauseClaims(lease: RunLease, now: Date): Promise<void>;
  /** Takes the run's own pause back. A pause of somebody else's stays, also one that came later. */
  restoreClaims(lease: RunLease, now: Date): Promise<void>;
  /** What there is before it begins. The run goes on to its canary. */
  prepared(
    lease: RunLease,
    found: {
      readonly counts: readonly CategoryCount[];
      readonly total: number;
      readonly lastEntryId: number;
    },
    now: Date,
  ): Promise<void>;
  /**
   * Takes the next batch of entries for the run, oldest first, a canary from every category. Nothing that another run, a
   * sweep or a person holds, and nothing younger than the run. Answers how many; after none the run goes on to verify.
   */
  claimBatch(
    lease: RunLease,
    batch: {
      readonly number: number;
      readonly size: number;
      readonly canary: boolean;
      readonly candidates: Candidates;
    },
    now: Date,
  ): Promise<number>;
  /** The entries of a batch that were taken and not decided yet. */
  claimed(lease: RunLease, batch: number): Promise<PlannableEntry[]>;
  /**
   * Puts tasks back among those that wait as a person's requeue does, all of a batch at once; what changed meanwhile is
   * skipped. Answers how many went back.
   */
  requeue(
    lease: RunLease,
    request: {
      readonly batch: number;
      readonly verdicts: readonly Verdict[];
      readonly note: string;
      readonly nextBatchAt: Date;
    },
    now: Date,
  ): Promise<number>;
  /** The tasks of a batch that wait. */
  waiting(lease: RunLease, batch: number): Promise<number[]>;
  /** Notes that they are being rung. */
  markRung(taskIds: readonly number[], now: Date): Promise<void>;
  verified(lease: RunLease, verification: Verification, now: Date): Promise<void>;
  /** Notes how far an export has come. Answers who asks it to stop; null for nobody. */
  exported(lease: RunLease, progress: ExportProgress, now: Date): Promise<string | null>;
  /** Ends the run where a person, or the ledger, can take it up again. */
  stop(lease: RunLease, reason: string, now: Date): Promise<void>;
  /** `report` is null for an export: its progress tells all. */
  end(lease: RunLease, status: 'completed' | 'failed', report: DrainReport | null, now: Date): Promise<void>;

  /** Asks a run to stop after its batch. Null when there is none under way; `id` null for any. */
  requestStop(id: number | null, by: string): Promise<number | null>;
  /** Lets a stopped run go on. */
  resumeRun(id: number, now: Date): Promise<'resumed' | 'not_stopped' | 'another_runs' | 'unknown'>;
  /** Keeps what was found when it looked again. */
  rechecked(id: number, recheck: object): Promise<void>;
}
