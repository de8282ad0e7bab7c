import { type Failure, failure } from '../domain/failure.ts';
import type { Instruction, Step } from '../instruction/types.ts';
import { contentHash } from './content-hash.ts';
import { FilePlan } from './file-plan.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { FileState, Plan, PlannedFile, PlannedStep, PlanOptions } from './types.ts';

/** The files that an instruction touches, each once, in the order of their first steps. */
export function targetFiles(instruction: Instruction): string[] {
  return [...new Set(instruction.steps.map(step => step.targetFile))];
}

/**
 * Locates every step of an instruction against the bytes of its files. Writes nothing; `files` holds what the workspace
 * has under each of `targetFiles`, and a path that it does not hold counts as missing. When anything is wrong, `ok` is
 * false and no file may be written (invariant 4).
 */
export function planInstruction(
  instruction: Instruction,
  files: ReadonlyMap<string, FileState>,
  options: PlanOptions,
): Plan {
  const settings = settingsOf(options);
  const beyond = beyondLimits(instruction, settings);
  const planned =
    beyond === null
      ? planFiles(instruction, files, settings)
      : { files: [], furtherStops: [], steps: refuseAll(instruction.steps, beyond, settings) };
  const failures = [
    ...rejectedBlocks(instruction),
    ...planned.steps.flatMap(step => (step.error === null ? [] : [step.error])),
    ...planned.furtherStops,
  ];
  if (beyond !== null && instruction.steps.length === 0) failures.push(beyond);
  if (failures.length === 0 && instruction.steps.length === 0) failures.push(noSteps());
  failures.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const { steps, files: plannedFiles } = planned;
  return { ok: failures.length === 0, blocks: instruction.blocks, steps, files: plannedFiles, failures };
}

function planFiles(
  instruction: Instruction,
  files: ReadonlyMap<string, FileState>,
  settings: Settings,
): { files: PlannedFile[]; steps: PlannedStep[]; furtherStops: Failure[] } {
  const byFile = new Map<string, Step[]>();
  for (const step of instruction.steps) {
    const steps = byFile.get(step.targetFile);
    if (steps === undefined) byFile.set(step.targetFile, [step]);
    else steps.push(step);
  }
  const done: PlannedFile[] = [];
  const steps: PlannedStep[] = [];
  const furtherStops: Failure[] = [];
  for (const [path, own] of byFile) {
    const state = fileBelowFile(path, byFile) ?? files.get(path) ?? { kind: 'missing' };
    const plan = new FilePlan(path, state, settings);
    done.push(plan.plan(own, state));
    steps.push(...plan.steps);
    furtherStops.push(...plan.furtherStops);
  }
  steps.sort((a, b) => a.stepNumber - b.stepNumber);
  return { files: done, steps, furtherStops };
}

/** `a/b` cannot be a file where `a` is one, and both are of this document. */
function fileBelowFile(path: string, targets: ReadonlyMap<string, readonly Step[]>): FileState | null {
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    const folder = path.slice(0, at);
    if (!targets.has(folder)) continue;
    const message = `${path} lies below ${folder}, which this document writes as a file. Mend one of the two paths.`;
    return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
  }
  return null;
}

function rejectedBlocks(instruction: Instruction): Failure[] {
  return instruction.blocks.flatMap(block =>
    block.code === null
      ? []
      : [failure(block.code, block.reason ?? 'The block was rejected.', { line: block.line })],
  );
}

function beyondLimits(instruction: Instruction, { limits }: Settings): Failure | null {
  const { steps, length } = instruction;
  if (steps.length > limits.steps) {
    return failure(
      'LIMIT_EXCEEDED',
      `The document has ${steps.length} steps, more than the ${limits.steps} that are done at once. Split it.`,
    );
  }
  if (length !== undefined && length > limits.documentLength) {
    return failure(
      'LIMIT_EXCEEDED',
      `The document has ${length} characters, more than the ${limits.documentLength} that are read. Split it.`,
    );
  }
  return null;
}

function refuseAll(steps: readonly Step[], error: Failure, settings: Settings): PlannedStep[] {
  return steps.map(step => ({
    stepNumber: step.stepNumber,
    stepType: step.stepType,
    targetFile: step.targetFile,
    line: step.line,
    contentHash: contentHash(step, settings.sha256),
    outcome: 'failed',
    error: { ...error, line: step.line },
    linesAdded: 0,
    linesRemoved: 0,
    beforeSha256: null,
    afterSha256: null,
  }));
}

function noSteps(): Failure {
  return failure(
    'NO_STEPS',
    'The document has nothing to execute. For a new file, write Create `path` and below it a fence with the whole content; for an edit, write File: `path` and below it <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE.',
  );
}
