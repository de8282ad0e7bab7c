/** A part of a document, in order. Line indexes count from 0; `end` is the last line of the part. */
export type Part =
  | { readonly kind: 'heading'; readonly at: number; readonly level: number; readonly text: string }
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
  | FencePart
  | EditPart
  | BrokenPart;

/** A fence that holds no SEARCH/REPLACE block. */
export interface FencePart {
  readonly kind: 'fence';
  readonly at: number;
  readonly end: number;
  readonly info: string;
  readonly language: string | null;
  readonly body: readonly string[];
  /** Inside a block quote: shown, never meant. */
  readonly quoted: boolean;
}

export interface EditPart {
  readonly kind: 'edit';
  readonly at: number;
  readonly end: number;
  readonly info: string;
  readonly language: string | null;
  readonly search: readonly string[];
  readonly replace: readonly string[];
  readonly repeatedDivider: string | null;
}

/** A block that begins and does not end, or lacks a marker. */
export interface BrokenPart {
  readonly kind: 'broken';
  readonly at: number;
  readonly end: number;
  readonly language: string | null;
  readonly reason: string;
}
