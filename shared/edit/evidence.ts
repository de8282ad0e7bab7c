import type { StepEvidence } from './types.ts';

/**
 * How many of a file's first steps the ledger knows to be on disk: those whose number and content it has recorded,
 * when the file has the hash of the end of their chain.
 */
export function evidencedPrefix(
  targetFile: string,
  steps: readonly { readonly stepNumber: number; readonly contentHash: string }[],
  evidence: readonly StepEvidence[],
  diskSha256: string | null,
): number {
  const own = evidence
    .filter(each => each.targetFile === targetFile)
    .sort((a, b) => a.stepNumber - b.stepNumber);
  const end = own.at(-1)?.afterSha256;
  if (end == null || end !== diskSha256) return 0;
  let count = 0;
  for (const step of steps) {
    const known = own.some(
      each => each.stepNumber === step.stepNumber && each.contentHash === step.contentHash,
    );
    if (!known) break;
    count += 1;
  }
  // The hash is that of the end of the chain: a part of the recorded steps proves nothing.
  return count === own.length ? count : 0;
}
