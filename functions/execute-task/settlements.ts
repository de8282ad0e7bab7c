import { errorClasses, type Failure } from '../../shared/domain/failure.ts';
import { redact } from '../../shared/domain/redact.ts';
import type { AttemptEnd, Lease, TaskResult } from '../../shared/domain/task.ts';
import type { Plan, PlannedStep } from '../../shared/edit/types.ts';
import type { Settlement, StepRecord } from '../../shared/ports/ledger.ts';

/** The end of an attempt whose plan is on disk, to the byte. */
export function completed(lease: Lease, plan: Plan, durationMs: number): Settlement {
  const result = resultOf(plan, durationMs);
  const statusMessage =
    result.steps_applied === 0
      ? `nothing to do: ${count(result.steps_total, 'step')} already applied`
      : `${count(result.steps_applied, 'step')} applied to ${count(result.files_changed, 'file')} in ${durationMs} ms`;
  return {
    lease,
    end: { outcome: 'completed', result, artifacts: plan.files.map(({ path }) => path), statusMessage },
    // All files of a plan are written together: each of its steps carries the time of that one write.
    steps: plan.steps.map(step => stepRecord(step, 'success', step.outcome === 'ready' ? durationMs : 0)),
  };
}

/** What the ladder makes of a failed attempt. */
export type LadderStep = Pick<
  AttemptEnd & { outcome: 'failed' },
  'errorClass' | 'entry' | 'maxRetries' | 'approvalNeeded'
>;

/**
 * The end of an attempt that wrote nothing. `plan` is null when it never got to one; `restored` was put back by it, null
 * when it did not look.
 */
export function failed(
  lease: Lease,
  plan: Plan | null,
  failures: readonly [Failure, ...Failure[]],
  ladder: LadderStep,
  restored: readonly string[] | null = null,
): Settlement {
  // Named is one that decides what becomes of the task: with a guard's, people would try to approve it.
  const named = failures.find(({ code }) => errorClasses[code] === ladder.errorClass) ?? failures[0];
  const more = failures.length === 1 ? '' : ` (and ${count(failures.length - 1, 'more problem')})`;
  return {
    lease,
    end: {
      outcome: 'failed',
      errorCode: named.code,
      errorMessage: redact(`${named.message}${more}`),
      problems: failures.map(withoutSecrets),
      stepNumber: plan?.steps.find(step => step.error?.code === named.code)?.stepNumber ?? null,
      ...ladder,
    },
    filesWhole: restored !== null,
    steps: (plan?.steps ?? []).map(step => stepRecord(step, unfinished(step, restored ?? []), null)),
  };
}

function unfinished(step: PlannedStep, restored: readonly string[]): StepRecord['executionResult'] {
  if (step.outcome === 'failed') return 'failed';
  return restored.includes(step.targetFile) ? 'rolled_back' : 'pending';
}

/** A task given back, at no cost (invariant 9). */
export function interrupted(lease: Lease, statusMessage: string, ringAfterSeconds = 0): Settlement {
  return {
    lease,
    end: { outcome: 'interrupted', statusMessage, ringAfterSeconds },
    steps: [],
  };
}

/** The intent log of a plan that is about to be written. */
export function intent(plan: Plan): StepRecord[] {
  return plan.steps.map(step =>
    stepRecord(step, step.outcome === 'already_applied' ? 'success' : 'pending', null),
  );
}

function stepRecord(
  step: PlannedStep,
  executionResult: StepRecord['executionResult'],
  executionTimeMs: number | null,
): StepRecord {
  return {
    stepNumber: step.stepNumber,
    stepType: step.stepType,
    targetFile: step.targetFile,
    contentHash: step.contentHash,
    beforeSha256: step.beforeSha256,
    afterSha256: step.afterSha256,
    executionResult,
    executionTimeMs,
    errorDetail: step.error === null ? null : redact(`${step.error.code}: ${step.error.message}`),
  };
}

function resultOf(plan: Plan, durationMs: number): TaskResult {
  const applied = plan.steps.filter(step => step.outcome === 'ready');
  return {
    files_changed: plan.files.filter(({ changed }) => changed).length,
    steps_total: plan.steps.length,
    steps_applied: applied.length,
    steps_already_applied: plan.steps.length - applied.length,
    lines_added: applied.reduce((sum, step) => sum + step.linesAdded, 0),
    lines_removed: applied.reduce((sum, step) => sum + step.linesRemoved, 0),
    duration_ms: durationMs,
  };
}

function withoutSecrets(problem: Failure): Failure {
  const { nearest } = problem;
  return {
    ...problem,
    message: redact(problem.message),
    nearest: nearest === null ? null : { ...nearest, diff: redact(nearest.diff) },
  };
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
