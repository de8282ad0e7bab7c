import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { planInstruction } from '../../../shared/edit/plan.ts';
import type { FileState, Plan, PlanOptions, Sha256 } from '../../../shared/edit/types.ts';
import type { Instruction, Step } from '../../../shared/instruction/types.ts';

export const sha256: Sha256 = content => createHash('sha256').update(content).digest('hex');

/** One character a byte, both ways. */
export const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Lines of a file: few different ones, so that texts repeat, with indentation and trailing blanks. */
export const line = fc.constantFrom(
  'a',
  'b',
  '  a',
  '  b',
  'a ',
  '',
  '}',
  'return compute_everything(now)',
  '    return compute_everything(now)',
  'first_long_line_of_the_file = 1',
  'second_long_line_of_the_file = 2',
  'x = "$& \\1"',
);
export const ending = fc.constantFrom('\n', '\r\n');

export type Edit = { readonly search: readonly string[]; readonly replace: readonly string[] };

/** Lines with their newlines, as a step has them. */
const stepText = (lines: readonly string[]): string => lines.map(each => `${each}\n`).join('');

export function instructionOf(
  steps: readonly (Edit | { readonly content: string })[],
  targetFile = 'f.txt',
): Instruction {
  const made = steps.map((step, at): Step => {
    const base = { stepNumber: at + 1, targetFile, line: at + 1 };
    if ('content' in step) return { ...base, stepType: 'create', content: step.content };
    return {
      ...base,
      stepType: 'search_replace',
      search: stepText(step.search),
      replace: stepText(step.replace),
    };
  });
  return { blocks: [], steps: made };
}

/** Guards out of the way: these properties are about text. */
export const openOptions: PlanOptions = {
  sha256,
  overwrite: false,
  evidence: [],
  allow: ['SHRINK_GUARD', 'STUB_CONTENT', 'PATH_PROTECTED'],
};

export function planText(
  text: string | null,
  instruction: Instruction,
  options: Partial<PlanOptions> = {},
): Plan {
  const files = new Map<string, FileState>();
  if (text !== null) files.set('f.txt', { kind: 'file', bytes: bytesOf(text) });
  return planInstruction(instruction, files, { ...openOptions, ...options });
}

/** The text after a plan, or the text before it where nothing may be written. */
export function resultOf(plan: Plan, before: string | null): string | null {
  const after = plan.ok ? plan.files[0]?.after : null;
  return after == null ? before : textOf(after);
}
