import type { Step } from '../instruction/types.ts';
import type { Sha256 } from './types.ts';

/** A step's identity across attempts: SHA-256 over its type, target and texts. */
export function contentHash(step: Step, sha256: Sha256): string {
  const texts = step.stepType === 'create' ? [step.content] : [step.search, step.replace];
  return sha256(JSON.stringify([step.stepType, step.targetFile, ...texts]));
}
