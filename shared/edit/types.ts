import type { ErrorCode, Failure } from '../domain/failure.ts';
import type { Block } from '../instruction/types.ts';
import type { GuardSettings, Limits } from './guard-settings.ts';

/** What the workspace holds under a path, as loaded before planning. */
export type FileState =
  /** `realPath`: where the path leads, links followed, relative to the workspace; left out when that is the path. */
  | { readonly kind: 'missing'; readonly realPath?: string }
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly realPath?: string }
  /** The path may not or cannot be used: outside the workspace, a folder, too large, unreadable. */
  | { readonly kind: 'refused'; readonly failure: Failure };

export type StepOutcome = 'ready' | 'already_applied' | 'failed';

/** A step located against the bytes on disk. */
export interface PlannedStep {
  readonly stepNumber: number;
  readonly stepType: 'create' | 'search_replace';
  readonly targetFile: string;
  readonly line: number;
  /** SHA-256 (hex) of the step's type, target and texts: the step's identity across attempts. */
  readonly contentHash: string;
  readonly outcome: StepOutcome;
  readonly error: Failure | null;
  readonly linesAdded: number;
  readonly linesRemoved: number;
  /** The step's place in its file's chain of hashes; null before a creation, or when the step failed. */
  readonly beforeSha256: string | null;
  readonly afterSha256: string | null;
}

/** A file that the plan touches. `after` is null when one of its steps failed. */
export interface PlannedFile {
  readonly path: string;
  /** Where the path leads, links followed: by it tasks that name the file differently know that it is one. */
  readonly realPath: string;
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
  readonly beforeSha256: string | null;
  readonly afterSha256: string | null;
  /** True when writing is needed: every step could be placed and the bytes differ. */
  readonly changed: boolean;
}

/** The document located against the workspace's bytes: everything that would happen, nothing written yet. */
export interface Plan {
  /** False when any step failed, any block was rejected, or there is no step at all. */
  readonly ok: boolean;
  readonly blocks: readonly Block[];
  readonly steps: readonly PlannedStep[];
  readonly files: readonly PlannedFile[];
  /** Everything that is wrong, in document order: what the author has to mend. Empty exactly when `ok`. */
  readonly failures: readonly Failure[];
}

/** What the ledger remembers of a step that an earlier attempt planned. */
export interface StepEvidence {
  readonly stepNumber: number;
  readonly contentHash: string;
  readonly targetFile: string;
  readonly beforeSha256: string | null;
  readonly afterSha256: string | null;
}

/** SHA-256 of bytes, or of a text's bytes in UTF-8, lower-case hex. Passed in: this folder imports nothing of the platform. */
export type Sha256 = (content: Uint8Array | string) => string;

export interface PlanOptions {
  readonly sha256: Sha256;
  /** Whole files may replace different existing ones (`parameters.overwrite`). */
  readonly overwrite: boolean;
  /** Steps that an earlier attempt of the same task recorded; empty without a ledger. */
  readonly evidence: readonly StepEvidence[];
  /** Codes of class approval that a person has approved for this task: what they stop is let through. */
  readonly allow?: Iterable<ErrorCode>;
  /** What the guards stop, over `defaultGuards` field by field. */
  readonly guards?: Partial<GuardSettings>;
  /** How much a plan may hold, over `defaultLimits` field by field. */
  readonly limits?: Partial<Limits>;
}
