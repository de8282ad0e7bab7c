import type { ErrorCode } from '../domain/failure.ts';

/** What became of a fence or a SEARCH/REPLACE block (invariant 6: every one is accounted for). */
export type Disposition = 'step' | 'not_executed' | 'rejected';

/** A fence or SEARCH/REPLACE block of a document. Lines count from 1; `endLine` is the last line of the block. */
export interface Block {
  readonly line: number;
  readonly endLine: number;
  /** First word of the fence's info string, lower case; null for an unfenced block or a bare fence. */
  readonly language: string | null;
  readonly disposition: Disposition;
  /** The step that the block became, when its disposition is `step`. */
  readonly stepNumber: number | null;
  /** Why it was rejected, as a code; null unless rejected. */
  readonly code: ErrorCode | null;
  /** A sentence for the author; null for a step. */
  readonly reason: string | null;
}

interface StepBase {
  /** Counts from 1 in document order. */
  readonly stepNumber: number;
  /** Relative to the workspace, `/` between folders, without a leading `./` or a configured prefix. */
  readonly targetFile: string;
  /** Line of the document on which the block begins, counted from 1. */
  readonly line: number;
}

/** A whole file. `content` is the text between the fences, each line with its newline. */
export interface CreateStep extends StepBase {
  readonly stepType: 'create';
  readonly content: string;
}

/** Replace `search` (whole lines, never empty) by `replace` (may be empty: a deletion). */
export interface EditStep extends StepBase {
  readonly stepType: 'search_replace';
  readonly search: string;
  readonly replace: string;
  /**
   * The text of the divider, when `replace` holds another line like it: then the block can be cut in more than
   * one place. Cut at the first divider here; the workspace's bytes decide (shared/edit).
   */
  readonly repeatedDivider?: string;
}

export type Step = CreateStep | EditStep;

/** What the header lines of a document say about the task. Null where the document says nothing. */
export interface InstructionMeta {
  readonly title: string | null;
  readonly taskId: string | null;
  readonly assignedJr: string | null;
  /** 1 (first) to 10; `P0`..`P3`, `high` and the like are mapped; null when not understood. */
  readonly priority: number | null;
  readonly sacredFirePriority: number | null;
  readonly useRlm: boolean;
  readonly kanban: string | null;
  readonly storyPoints: number | null;
  readonly dependsOn: string | null;
}

/** A document as read: pure data, nothing located yet. */
export interface Instruction {
  readonly blocks: readonly Block[];
  readonly steps: readonly Step[];
  /** Characters of the text that was read; for the limit on documents. */
  readonly length?: number;
}

export interface ReadOptions {
  /** Absolute folders that mean the workspace, e.g. `['/ganuda']`. */
  readonly pathPrefixes: readonly string[];
}
