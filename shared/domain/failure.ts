/**
 * The vocabulary of failure (design section 9): every failure has a code, a class and a sentence that
 * says what happened, to what, and what to do.
 */

/** How a failure is met: retried, given to a person, held for approval, or counted by claims. */
export type ErrorClass = 'transient' | 'permanent' | 'approval' | 'poison';

/** Every error code with its class. A new cause gets a new code rather than a second meaning for an old one. */
export const errorClasses = {
  INSTRUCTION_MISSING: 'permanent',
  NO_STEPS: 'permanent',
  PATH_MISSING: 'permanent',
  PATH_FORBIDDEN: 'permanent',
  PATH_PROTECTED: 'approval',
  BLOCK_MALFORMED: 'permanent',
  EDIT_WITHOUT_SEARCH: 'permanent',
  STEP_UNSUPPORTED: 'permanent',
  FILE_NOT_FOUND: 'permanent',
  FILE_EXISTS: 'approval',
  FILE_NOT_TEXT: 'permanent',
  FILE_CHANGED: 'transient',
  FILE_BUSY: 'transient',
  SEARCH_NOT_FOUND: 'permanent',
  SEARCH_AMBIGUOUS: 'permanent',
  SHRINK_GUARD: 'approval',
  STUB_CONTENT: 'approval',
  APPROVAL_REQUIRED: 'approval',
  PARENT_CANCELLED: 'approval',
  PARENT_CIRCLE: 'approval',
  ENTRY_MISSING: 'permanent',
  SYNTAX_ERROR: 'permanent',
  LIMIT_EXCEEDED: 'permanent',
  LEASE_LOST: 'transient',
  DEADLINE: 'transient',
  WORKSPACE_IO: 'transient',
  LEDGER_UNAVAILABLE: 'transient',
  QUEUE_UNAVAILABLE: 'transient',
  CRASHED: 'poison',
} as const satisfies Record<string, ErrorClass>;

export type ErrorCode = keyof typeof errorClasses;

/** The place in a file that comes closest to a SEARCH text that was not found. Lines count from 1. */
export interface NearestPlace {
  readonly line: number;
  readonly endLine: number;
  /** 0 (nothing in common) to 1 (equal). */
  readonly similarity: number;
  /** Expected against found, as the lines of a small unified diff without file headers. */
  readonly diff: string;
}

/**
 * The class of a failure with several causes: what a person must mend or allow is not retried because something else
 * was only busy, and an approval does not help where something is wrong besides.
 */
export function worstClass(classes: readonly ErrorClass[]): ErrorClass {
  const order: readonly ErrorClass[] = ['poison', 'permanent', 'approval'];
  return order.find(each => classes.includes(each)) ?? 'transient';
}

/** One thing that is wrong, as plain data. */
export interface Failure {
  readonly code: ErrorCode;
  /** A sentence: what happened, to what, and what to do. */
  readonly message: string;
  /** Line of the instruction document that it is about, counted from 1; null when it is about none. */
  readonly line: number | null;
  readonly nearest: NearestPlace | null;
}

/** Makes a failure; `line` and `nearest` default to null. */
export function failure(
  code: ErrorCode,
  message: string,
  at: { line?: number | null; nearest?: NearestPlace | null } = {},
): Failure {
  return { code, message, line: at.line ?? null, nearest: at.nearest ?? null };
}

/** A failure as an error, for code that has to leave by throwing: adapters, mostly. */
export class JrError extends Error {
  override readonly name = 'JrError';
  readonly code: ErrorCode;
  readonly errorClass: ErrorClass;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.errorClass = errorClasses[code];
  }
}
