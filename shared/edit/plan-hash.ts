import type { Plan, Sha256 } from './types.ts';

/**
 * SHA-256 (hex) of what a plan would do: its steps' texts and the files as they are on disk. Two plans with the same
 * hash are the same change of the same bytes, so what a person allowed of the one holds for the other.
 */
export function planHash(plan: Plan, sha256: Sha256): string {
  const lines = [
    ...plan.steps.map(step => `${step.stepNumber} ${step.contentHash}`),
    ...plan.files.map(file => `${file.beforeSha256 ?? 'none'} ${file.path}`),
  ];
  return sha256(lines.join('\n'));
}
