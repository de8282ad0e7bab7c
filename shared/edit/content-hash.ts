import type { Step } from '../instruction/types.ts';
import { encode } from './bytes.ts';

/** A step's identity across attempts: SHA-256 over its type, target and texts. */
export function contentHash(step: Step, sha256: (bytes: Uint8Array) => string): string {
  const texts = step.stepType === 'create' ? [step.content] : [step.search, step.replace];
  return sha256(encode(JSON.stringify([step.stepType, step.targetFile, ...texts])));
}
