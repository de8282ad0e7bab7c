import type { EntrySelection } from './drain.ts';
import type { CouncilVote } from './intervention.ts';

/** Who asks for it, and why; both are recorded. */
export interface Signed {
  readonly operator: string;
  readonly reason: string;
}

/** What a replay changes of a task. Null leaves it as it is. */
export interface Overrides {
  readonly instructionContent: string | null;
  readonly assignedJr: string | null;
  /** For what a plan may hold: steps, document_length. */
  readonly limits: Readonly<Record<string, number>> | null;
}

/** An invocation of the runbook, after validation (design section 7). `dryRun` answers what would happen. */
export type DrainRequest = { readonly dryRun: boolean } & (
  | { readonly action: 'help' }
  /** `runId` null for the latest. */
  | { readonly action: 'status'; readonly runId: number | null }
  | ({ readonly action: 'pause' } & Signed)
  /** With a run: it goes on. Without: claims do. */
  | ({ readonly action: 'resume'; readonly runId: number | null } & Signed)
  /** `runId` null for the one that is under way. */
  | ({ readonly action: 'stop'; readonly runId: number | null } & Signed)
  | { readonly action: 'inspect'; readonly selection: EntrySelection; readonly sample: number }
  | { readonly action: 'categorize'; readonly selection: EntrySelection }
  | ({
      readonly action: 'retry' | 'drain';
      readonly selection: EntrySelection;
      readonly pauseClaims: boolean;
      /** Goes ahead although there are so many entries that they should be exported first. */
      readonly withoutExport: boolean;
    } & Signed)
  | ({ readonly action: 'replay'; readonly entryId: number; readonly overrides: Overrides } & Signed)
  | ({ readonly action: 'resolve' | 'abandon'; readonly entryId: number } & Signed)
  | ({ readonly action: 'approve'; readonly entryId: number } & Signed)
  | ({ readonly action: 'vote'; readonly entryId: number; readonly vote: CouncilVote } & Signed)
  | { readonly action: 'verify' }
  | ({ readonly action: 'export' } & Signed)
  /** What a run's own schedules invoke it with; `runId` null for the one that is under way. */
  | { readonly action: 'continue'; readonly runId: number | null }
  | { readonly action: 'recheck'; readonly runId: number }
);

/** Narrows nothing. */
export const everything: EntrySelection = {
  category: null,
  ids: null,
  older_than_minutes: null,
  newer_than_minutes: null,
  jr: null,
};
