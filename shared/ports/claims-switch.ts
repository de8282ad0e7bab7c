import type { Signature } from './operations.ts';

/** Whether tasks may be begun, and who said so. Times as ISO 8601. */
export interface ClaimsState {
  readonly claims_paused: boolean;
  readonly changed_by: string | null;
  readonly reason: string | null;
  readonly changed_at: string;
}

/**
 * The switch that stops claims and nothing else: intake goes on, what runs goes on, bells that come are acknowledged and
 * nothing is lost (invariant 12).
 */
export interface ClaimsSwitch {
  read(): Promise<ClaimsState>;
  /** Throws it, recorded with who and why. `changed` is false when it stood so already; then nothing is recorded. */
  set(
    paused: boolean,
    signature: Signature,
    now: Date,
  ): Promise<{ readonly changed: boolean; readonly state: ClaimsState }>;
}
