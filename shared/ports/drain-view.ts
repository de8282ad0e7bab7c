import type { CategoryCount } from '../domain/category.ts';
import type { DrainPhase, DrainSettings, DrainStatus, EntrySelection } from '../domain/drain.ts';
import type { DrainReport, Verification } from '../domain/drain-report.ts';
import type { Candidates, PlannableEntry, RunAction } from './drain-ledger.ts';
import type { ExportProgress } from './ledger-export.ts';

/** A run as people and programs see it: the columns of `jr_drain_runs`, times as ISO 8601. */
export interface DrainRunView {
  readonly id: number;
  readonly action: RunAction;
  readonly status: DrainStatus;
  readonly phase: DrainPhase;
  readonly filter: EntrySelection;
  readonly settings: DrainSettings;
  readonly operator: string;
  readonly reason: string;
  readonly claims_paused_before: boolean | null;
  readonly holds_pause: boolean;
  /** Null until it has looked. */
  readonly total: number | null;
  readonly taken: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly batches: readonly DrainBatchView[];
  /** Why entries failed again (`failed`) or were left alone (`skipped`), the most frequent reasons. */
  readonly outcomes: readonly {
    readonly state: 'failed' | 'skipped';
    readonly why: string;
    readonly count: number;
    readonly example_task: number;
  }[];
  /** The categories of what it took. */
  readonly retried: readonly string[];
  /** What it found open when it began; null until it has looked. */
  readonly categories: readonly CategoryCount[] | null;
  readonly stop_requested_by: string | null;
  readonly stop_reason: string | null;
  readonly verification: Verification | null;
  readonly report: DrainReport | null;
  /** What its look a day later found, as functions/drain/recheck.ts records it; null before. */
  readonly recheck: {
    readonly at: string;
    readonly came_back: readonly { readonly category: string; readonly count: number }[];
  } | null;
  /** How far an export has come; null before its first page, and for what is none. */
  readonly export: ExportProgress | null;
  readonly created_at: string;
  readonly heartbeat_at: string | null;
  readonly ended_at: string | null;
}

export interface DrainBatchView {
  readonly batch: number;
  readonly entries: number;
  readonly claimed: number;
  readonly rung: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  readonly began_at: string;
  readonly settled_at: string | null;
}

/** One entry of a sample. */
export interface SampledEntry {
  readonly id: number;
  readonly original_task_id: number;
  readonly task_key: string;
  readonly title: string;
  readonly error_code: string | null;
  readonly error_class: string | null;
  readonly failure_reason: string;
  readonly target_file: string | null;
  readonly assigned_jr: string | null;
  readonly escalation_level: number;
  readonly retry_count: number;
  readonly replay_count: number;
  readonly created_at: string;
}

/** Reading for a drain: nothing here changes anything. */
export interface DrainView {
  /** `id` null for the one that is under way, else the latest. */
  getRun(id: number | null): Promise<DrainRunView | null>;
  /** Open entries of a selection, by cause. `maxReplays` says from where a task counts as at its cap. */
  countCategories(
    selection: Candidates['selection'],
    maxReplays: number,
    now: Date,
  ): Promise<CategoryCount[]>;
  /** How many open entries there are, and the youngest. */
  openEntries(): Promise<{ readonly count: number; readonly lastEntryId: number }>;
  /** How many a run with these candidates would take. */
  countCandidates(candidates: Candidates): Promise<number>;
  /** The first of them, to be planned. */
  candidates(candidates: Candidates, limit: number): Promise<PlannableEntry[]>;
  /** One open entry, to be planned; null when there is none of that id. */
  plannable(entryId: number): Promise<PlannableEntry | null>;
  /** At most `size` open entries, evenly from the oldest to the youngest. */
  sample(selection: Candidates['selection'], size: number, now: Date): Promise<SampledEntry[]>;
  /** The categories of entries that were made after a time, with counts. */
  newSince(time: Date): Promise<{ readonly category: string; readonly count: number }[]>;
}
