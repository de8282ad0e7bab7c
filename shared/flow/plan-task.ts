import { type ErrorCode, type Failure, failure } from '../domain/failure.ts';
import { defaultLimits, type GuardSettings, type Limits } from '../edit/guard-settings.ts';
import { planInstruction, targetFiles } from '../edit/plan.ts';
import { planHash } from '../edit/plan-hash.ts';
import { guardSyntax } from '../edit/syntax.ts';
import type { Plan, Sha256 } from '../edit/types.ts';
import { documentText } from '../instruction/document-text.ts';
import { workspacePath } from '../instruction/paths.ts';
import { readInstruction } from '../instruction/read.ts';
import type { ClaimedTask } from '../ports/ledger.ts';
import type { SyntaxChecker } from '../ports/syntax.ts';
import type { Workspace } from '../ports/workspace.ts';

/** What planning needs besides the task. */
export interface Planning {
  readonly workspace: Workspace;
  readonly syntax: SyntaxChecker;
  readonly pathPrefixes: readonly string[];
  readonly guards: GuardSettings;
  readonly sha256: Sha256;
}

/** What is planned of a task: its document, and what its earlier attempts and people have said of it. */
export interface PlannableTask
  extends Pick<
    ClaimedTask,
    'instructionFile' | 'instructionContent' | 'parameters' | 'evidence' | 'approvals'
  > {
  readonly taskId: number;
}

export type PlannedTask =
  | { readonly kind: 'planned'; readonly document: string; readonly plan: Plan }
  /** There is no document to plan from. */
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** Reads a task's document and locates it against the workspace as it is now. Writes nothing. */
export async function planTask(task: PlannableTask, planning: Planning): Promise<PlannedTask> {
  const document = await readDocument(`Task ${task.taskId}`, task, planning);
  if (typeof document !== 'string') return { kind: 'unreadable', failure: document };
  const instruction = readInstruction(document, { pathPrefixes: planning.pathPrefixes });
  const files = await planning.workspace.load(targetFiles(instruction));
  const planWith = async (allow: readonly ErrorCode[]) => {
    const located = planInstruction(instruction, files, {
      sha256: planning.sha256,
      overwrite: task.parameters['overwrite'] === true,
      evidence: task.evidence,
      allow,
      guards: planning.guards,
      limits: limitsOf(task.parameters),
    });
    return await guardSyntax(located, instruction.steps, planning.syntax);
  };
  const plan = await planWith([]);
  const allowed = plan.ok ? [] : allowedCodes(task, plan, planning);
  return { kind: 'planned', document, plan: allowed.length === 0 ? plan : await planWith(allowed) };
}

/** `parameters.limits` raises or lowers what a plan may hold: `{"steps": 100}`. What is no positive number is no limit. */
function limitsOf({ limits }: Readonly<Record<string, unknown>>): Partial<Limits> {
  if (typeof limits !== 'object' || limits === null) return {};
  const given = new Map<string, unknown>(Object.entries(limits));
  const of = (name: string, standard: number) => {
    const value = given.get(name);
    return typeof value === 'number' && value > 0 ? value : standard;
  };
  return {
    steps: of('steps', defaultLimits.steps),
    documentLength: of('document_length', defaultLimits.documentLength),
  };
}

/** What a person has allowed of this very plan (invariant 13). */
function allowedCodes({ approvals }: PlannableTask, plan: Plan, { sha256 }: Planning): ErrorCode[] {
  if (approvals.length === 0) return [];
  const hash = planHash(plan, sha256);
  return approvals.flatMap(approval => (approval.planHash === hash ? approval.errorCodes : []));
}

/** The text of an instruction: the content wins over the file (design section 6). `whose` begins a sentence. */
export async function readDocument(
  whose: string,
  task: Pick<PlannableTask, 'instructionContent' | 'instructionFile'>,
  { workspace, pathPrefixes }: Pick<Planning, 'workspace' | 'pathPrefixes'>,
): Promise<string | Failure> {
  if (task.instructionContent !== null) return task.instructionContent;
  const file = task.instructionFile;
  if (file === null) {
    const message = `${whose} names neither instruction_file nor instruction_content: set one of them.`;
    return failure('INSTRUCTION_MISSING', message);
  }
  const place = workspacePath(file, pathPrefixes);
  if (place.kind === 'refused') return failure('PATH_FORBIDDEN', `instruction_file ${file}: ${place.reason}`);
  const state = (await workspace.load([place.path])).get(place.path);
  switch (state?.kind) {
    case 'file':
      return (
        documentText(state.bytes) ??
        failure('FILE_NOT_TEXT', `instruction_file ${file} is not text in UTF-8: save it as UTF-8.`)
      );
    case 'refused':
      return failure(state.failure.code, `instruction_file ${file}: ${state.failure.message}`);
    default:
      return failure(
        'INSTRUCTION_MISSING',
        `instruction_file ${file} is not in the workspace: put it there or mend the name.`,
      );
  }
}
