import type { ErrorCode } from '../domain/failure.ts';
import { defaultGuards, defaultLimits, type GuardSettings, type Limits } from './guard-settings.ts';
import type { PlanOptions, Sha256, StepEvidence } from './types.ts';

/** How many SEARCH texts that were not found get their nearest place worked out: it reads the whole file. */
const mostNearest = 25;
/** Bytes of a file hashed between its steps before hashes only stand for places. */
const mostHashed = 8_000_000;

/** The options of a plan with every default filled in. */
export interface Settings {
  readonly sha256: Sha256;
  readonly overwrite: boolean;
  readonly evidence: readonly StepEvidence[];
  readonly allow: ReadonlySet<ErrorCode>;
  readonly guards: GuardSettings;
  readonly limits: Limits;
  readonly mostHashed: number;
  /** Whether one more nearest place may be worked out. */
  readonly nearest: () => boolean;
}

export function settingsOf(options: PlanOptions): Settings {
  let looked = 0;
  return {
    sha256: options.sha256,
    overwrite: options.overwrite,
    evidence: options.evidence,
    allow: new Set(options.allow ?? []),
    guards: { ...defaultGuards, ...options.guards },
    limits: { ...defaultLimits, ...options.limits },
    mostHashed,
    nearest: () => {
      looked += 1;
      return looked <= mostNearest;
    },
  };
}
