import type { Failure } from '../domain/failure.ts';
import type { InstructionMeta } from '../instruction/types.ts';
import type { Plan } from './types.ts';

/** Whether the plan was to be written, and whether it has been. */
export interface Writing {
  readonly applying: boolean;
  readonly applied: boolean;
}

/**
 * The object that `jr plan --json` and `jr apply --json` print, as other programs read it (design section 11).
 * `ready` steps of a plan that has been written are `applied`.
 */
export function planJson(
  instruction: string,
  meta: InstructionMeta,
  plan: Plan,
  { applied, applying }: Writing,
) {
  return {
    instruction,
    // As the contract has it: a document with nothing to execute has no failed step and no rejected block. To have
    // applied it, though, is to have done nothing.
    ok: plan.failures.every(({ code }) => code === 'NO_STEPS' && !applying),
    meta: {
      assigned_jr: meta.assignedJr,
      priority: meta.priority,
      use_rlm: meta.useRlm,
    },
    blocks: plan.blocks.map(block => ({
      line: block.line,
      end_line: block.endLine,
      language: block.language,
      disposition: block.disposition,
      step_number: block.stepNumber,
      reason: block.reason,
    })),
    steps: plan.steps.map(step => ({
      step_number: step.stepNumber,
      step_type: step.stepType,
      target_file: step.targetFile,
      line: step.line,
      outcome: applied && step.outcome === 'ready' ? 'applied' : step.outcome,
      error: step.error === null ? null : errorJson(step.error),
      lines_added: step.linesAdded,
      lines_removed: step.linesRemoved,
    })),
    files: plan.files.map(file => ({
      path: file.path,
      before_sha256: file.beforeSha256,
      after_sha256: file.afterSha256,
    })),
  };
}

function errorJson({ code, message, line, nearest }: Failure) {
  return {
    code,
    message,
    line,
    nearest:
      nearest === null
        ? null
        : {
            line: nearest.line,
            end_line: nearest.endLine,
            similarity: nearest.similarity,
            diff: nearest.diff,
          },
  };
}
