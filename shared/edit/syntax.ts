import { type Failure, failure } from '../domain/failure.ts';
import type { Step } from '../instruction/types.ts';
import type { Plan, PlannedFile, PlannedStep } from './types.ts';

/** The first thing that keeps a file from parsing. */
export interface SyntaxProblem {
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1, in characters. */
  readonly column: number;
  /** A clause, like `unexpected indent`. */
  readonly message: string;
}

/** Says whether a file parses: `SyntaxChecker` of shared/ports, as far as it is needed here. */
export interface SyntaxGuard {
  /** Answers null for a file that parses, and for one of a kind that nobody here can parse. */
  check(path: string, bytes: Uint8Array): Promise<SyntaxProblem | null>;
}

/**
 * The guard on syntax (design section 8): fails the steps of files that would not parse. A file that did not parse
 * before may stay broken, as a document may mend it step by step; bytes that stay as they are are not looked at.
 *
 * @param steps the steps of the instruction that was planned
 */
export async function guardSyntax(plan: Plan, steps: readonly Step[], guard: SyntaxGuard): Promise<Plan> {
  const problems = new Map<string, SyntaxProblem>();
  for (const { path, before, after, changed } of plan.files) {
    if (!changed || after === null) continue;
    const problem = await guard.check(path, after);
    if (problem !== null && (before === null || (await guard.check(path, before)) === null)) {
      problems.set(path, problem);
    }
  }
  return problems.size === 0 ? plan : withProblems(plan, steps, problems);
}

/** The plan with a failure for each of these files. */
function withProblems(
  plan: Plan,
  steps: readonly Step[],
  problems: ReadonlyMap<string, SyntaxProblem>,
): Plan {
  const failures = new Map<number, Failure>();
  for (const file of plan.files) {
    const problem = problems.get(file.path);
    const step = problem && guiltyStep(plan, steps, file, problem);
    if (problem && step) failures.set(step.stepNumber, wouldNotParse(file.path, problem, step.line));
  }
  return {
    ...plan,
    ok: false,
    steps: plan.steps.map(step => failed(step, failures.get(step.stepNumber))),
    files: plan.files.map(file =>
      problems.has(file.path) ? { ...file, after: null, afterSha256: null, changed: false } : file,
    ),
    failures: [...plan.failures, ...failures.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0)),
  };
}

/**
 * The step whose text holds the line with the problem, when it is one alone; otherwise the last that changes the file.
 */
function guiltyStep(
  plan: Plan,
  steps: readonly Step[],
  file: PlannedFile,
  problem: SyntaxProblem,
): PlannedStep | undefined {
  const ready = plan.steps.filter(step => step.targetFile === file.path && step.outcome === 'ready');
  if (ready.length < 2) return ready[0];
  const line = linesOf(new TextDecoder().decode(file.after ?? new Uint8Array()))[problem.line - 1] ?? '';
  const texts = new Map(steps.map(step => [step.stepNumber, written(step)]));
  const holders = ready.filter(step => linesOf(texts.get(step.stepNumber) ?? '').includes(line));
  return line !== '' && holders.length === 1 ? holders[0] : ready.at(-1);
}

function written(step: Step): string {
  return step.stepType === 'create' ? step.content : step.replace;
}

/** Lines without their margins, which an edit may be given to fit its place. */
function linesOf(text: string): string[] {
  return text.split(/\r\n?|\n/).map(line => line.trim());
}

function failed(step: PlannedStep, error: Failure | undefined): PlannedStep {
  if (error === undefined) return step;
  return {
    ...step,
    outcome: 'failed',
    error,
    linesAdded: 0,
    linesRemoved: 0,
    beforeSha256: null,
    afterSha256: null,
  };
}

function wouldNotParse(path: string, { line, column, message }: SyntaxProblem, at: number): Failure {
  return failure(
    'SYNTAX_ERROR',
    `${path} would not parse: line ${line}, column ${column}: ${message}. Mend the block so that the file is valid ${nameOf(path)}.`,
    { line: at },
  );
}

const names: Readonly<Record<string, string>> = {
  py: 'Python',
  pyi: 'Python',
  js: 'JavaScript',
  mjs: 'JavaScript',
  cjs: 'JavaScript',
  jsx: 'JavaScript',
  ts: 'TypeScript',
  mts: 'TypeScript',
  cts: 'TypeScript',
  tsx: 'TypeScript',
  json: 'JSON',
  jsonc: 'JSON',
  yaml: 'YAML',
  yml: 'YAML',
  toml: 'TOML',
  sh: 'shell',
  bash: 'shell',
};

/** What the author calls this kind of file. */
function nameOf(path: string): string {
  return names[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''] ?? 'again';
}
